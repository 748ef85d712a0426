// A backup of everything about people as one file, and back again.

import { uploadWithProgress } from "../../api.js";
import { h } from "../../dom.js";
import { confirmBox, download, icon, resultLine, when } from "../../ui.js";
import { startAnew } from "./restart.js";

export function backupCard(me) {
  if (!me.may("admin")) return null;
  const take = h("button", { type: "button", class: "quiet", on: { click: () => download("/backup") } }, icon("download"), "Download a backup");
  const note = "People, photos, visitors, history, attendance, keys and users, of this moment. Not inside: the key file, the settings and the models.";
  return h("section", { class: "card stack", "aria-labelledby": "backup" }, h("h3", { id: "backup" }, "Backup"), h("p", { class: "muted" }, note), h("div", { class: "row" }, take), mayRestore(me) && restoring());
}

// As the API has it: an owner, or whoever owns the machine.
const mayRestore = (me) => me.role === "owner" || ["local", "setting"].includes(me.kind);

function restoring() {
  const input = h("input", { type: "file", id: "restore-file", class: "unseen", accept: ".tar,application/x-tar", on: { change: restore } });
  const pick = h("label", { for: "restore-file", class: "button quiet" }, icon("upload"), "Restore a backup…");
  const progress = h("progress", { max: 1, value: 0, hidden: true, "aria-label": "Sent" });
  const told = resultLine();

  async function restore() {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    const text = `Everything about people becomes what ${file.name} holds; what came since is lost. Whoever was forgotten since stays forgotten. The file is proved first: it is put back wholly, or not at all.`;
    if (!(await confirmBox({ title: "Restore this backup?", text, verb: "Restore", danger: true }))) return;
    const form = new FormData();
    form.append("backup", file);
    progress.hidden = false;
    told.say("Sending and proving it…");
    try {
      const done = await uploadWithProgress("/restore", form, (share) => (progress.value = share));
      told.say(`The house is what it was ${when(done.at)}: ${done.files} files.`);
      if (done.restart) await startAnew();
    } catch (problem) {
      told.say(problem.message, true);
    } finally {
      progress.hidden = true;
    }
  }

  return h("div", { class: "stack" }, h("div", { class: "row" }, input, pick), progress, told.node);
}
