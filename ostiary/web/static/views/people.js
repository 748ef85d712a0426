// Who is enrolled: the list, the form that adds, the button that removes.

import { get, post } from "../api.js";
import { h, replace } from "../dom.js";
import { attempt, busy, confirmBox, field, resultLine, toast } from "../ui.js";

export const title = "People";
const REFRESH_MS = 15000; // others enrol too

export async function show(root, { signal, me }) {
  const list = h("ul", { id: "people", class: "stack" });
  const told = resultLine({ id: "people-result" });
  const refresh = async () => {
    const names = await get("/faces", {}, { signal });
    told.say(names.length ? "" : "Nobody is enrolled yet.");
    replace(list, names.map((name) => person(name, me.may("enrol") && (() => remove(name)))));
  };
  const remove = async (name) => {
    if (!(await confirmBox({ title: `Remove ${name}?`, text: "Photos and encodings of this person are deleted.", verb: "Remove", danger: true }))) return;
    const form = new FormData();
    form.set("name", name);
    if (await attempt(() => post("/unregister", form))) toast(`${name} was removed.`, "good");
    await refresh();
  };
  const timer = setInterval(() => document.hidden || attempt(refresh), REFRESH_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
  replace(root, h("div", { class: "grid" }, me.may("enrol") && enrolment(refresh), h("section", { class: "card stack" }, h("h2", {}, "Enrolled"), list, told.node)));
  await refresh();
}

function person(name, remove) {
  return h("li", { class: "row" }, h("span", { class: "grow", dir: "auto" }, name), remove && h("button", { type: "button", class: "quiet", "aria-label": `Remove ${name}`, on: { click: remove } }, "Remove"));
}

function enrolment(refresh) {
  const result = resultLine({ id: "enrol-result" });
  const fields = [
    field({ name: "name", label: "Name", required: true, maxlength: 64 }),
    field({ name: "image", label: "Photo with one clear face", type: "file", accept: "image/*", required: true }),
    field({ name: "replace", label: "replace this person’s earlier photos", type: "checkbox" }),
    field({ name: "force", label: "even if the face is known under another name", type: "checkbox" }),
  ];
  const go = h("button", { type: "submit" }, "Enrol");
  const form = h("form", { id: "enrol", class: "card stack", on: { submit } }, h("h2", {}, "Enrol somebody"), fields.map((one) => one.node), go, result.node);
  async function submit(event) {
    event.preventDefault();
    result.say("Looking at the photo…");
    try {
      const answer = await busy(go, post("/register", new FormData(form)));
      result.say(`${answer.message}.`);
      form.reset();
    } catch (problem) {
      result.say(problem.message, true);
    }
    await attempt(refresh);
  }
  return form;
}
