// Many people at once: a ZIP with katya.jpg, or katya/any.jpg.

import { uploadWithProgress } from "../../api.js";
import { h, replace } from "../../dom.js";
import { busy, dataTable, field, resultLine } from "../../ui.js";

export function zipForm(signal) {
  const file = field({ name: "zip", label: "ZIP file", type: "file", accept: ".zip,application/zip", required: true, help: "Either katya.jpg, or several in a folder of the name: katya/1.jpg, katya/2.jpg. One that cannot be used does not spoil the rest." });
  const bar = h("progress", { max: 1, value: 0, "aria-label": "Upload", hidden: true });
  const told = resultLine();
  const problems = h("div", { class: "zip-result" });
  const go = h("button", { type: "submit" }, "Add everybody in it");
  async function submit(event) {
    event.preventDefault();
    replace(problems);
    bar.hidden = false;
    told.say("Uploading…");
    try {
      const answer = await busy(go, uploadWithProgress("/register-faces", new FormData(form), progress, { signal }));
      told.say(summary(answer));
      replace(problems, results(answer));
      form.reset();
    } catch (problem) {
      if (problem.name !== "AbortError") told.say(problem.message, true);
    }
    bar.hidden = true;
  }
  function progress(share) {
    if (share < 1) bar.value = share;
    else bar.removeAttribute("value"); // how long looking at the pictures takes is not known
    told.say(share < 1 ? `Uploading… ${Math.round(share * 100)} %` : "Looking at the pictures… this takes a moment for each.");
  }
  const form = h("form", { class: "stack", id: "zip-form", on: { submit } }, file.node, h("div", { class: "row" }, go), bar, told.node, problems);
  return form;
}

function summary({ registered, failed }) {
  const done = registered === 1 ? "1 picture was added" : `${registered} pictures were added`;
  return failed.length ? `${done}, ${failed.length} could not be used:` : `${done}.`;
}

function results({ failed, doubtful = [] }) {
  const rows = [...failed, ...doubtful.map((one) => ({ ...one, message: `added, but ${one.message}` }))];
  if (!rows.length) return null;
  const columns = [{ label: "Picture", cell: (row) => row.file }, { label: "What is wrong", cell: (row) => row.message }];
  return dataTable({ columns, rows, caption: "Pictures that need a look" });
}
