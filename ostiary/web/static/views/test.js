// The test page: drop a picture and see who is taken for whom, why, and what the API answers.

import { post } from "../api.js";
import { h, replace, useStyles } from "../dom.js";
import { attempt, badge, icon, paintFaces, resultLine, toast } from "../ui.js";
import { explain } from "../words.js";

export const title = "Test";

const ATTRIBUTES = [
  ["age", "Age"], ["gender", "Gender"], ["expression", "Expression"], ["mask", "Mask"],
  ["pose", "Head pose"], ["eyes_open", "Eyes"], ["landmarks5", "5 points"], ["landmarks68", "68 points"],
];
const POINTS = ["landmarks5", "landmarks68", "landmarks468"];

export async function show(root, { signal }) {
  await useStyles("views/test.css");
  const page = new Page();
  replace(root, page.node);
  addEventListener("resize", () => page.paint(), { signal });
  addEventListener("paste", (event) => page.take([...(event.clipboardData?.files ?? [])]), { signal });
  signal.addEventListener("abort", () => page.forget());
}

class Page {
  constructor() {
    this.input = h("input", { type: "file", id: "test-image", accept: "image/*", class: "unseen", on: { change: () => this.take([...this.input.files]) } });
    const pick = h("label", { for: "test-image", class: "button" }, icon("upload"), "Choose a picture");
    const drop = h("div", { class: "drop", on: { dragover: (event) => this.hover(event, true), dragleave: (event) => this.hover(event, false), drop: (event) => this.drop(event) } }, icon("test"), h("p", {}, "Drop a picture here, or paste one."), this.input, pick);
    this.boxes = ATTRIBUTES.map(([name, label]) => [name, h("input", { type: "checkbox", on: { change: () => this.again() } }), label]);
    const choices = h("fieldset", { class: "choices" }, h("legend", {}, "Also tell of each face"), this.boxes.map(([, box, label]) => h("label", { class: "choice" }, box, label)));
    const note = h("p", { class: "muted small" }, "The picture is looked at here and then forgotten: nothing is kept, no gate is told. One look decides; at the door a quorum of looks does, and the check for a living face.");
    this.told = resultLine({ id: "test-result" });
    this.image = h("img", { alt: "The picture that is tested", on: { load: () => this.paint() } });
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.picture = h("div", { class: "test-picture", hidden: true }, this.image, this.canvas);
    this.faces = h("ol", { class: "stack", "aria-label": "Faces" });
    this.raw = h("pre", { tabindex: 0, "aria-label": "The answer as JSON" });
    const copy = h("button", { type: "button", class: "quiet", on: { click: () => this.copy() } }, icon("copy"), "Copy");
    this.json = h("details", { class: "card", hidden: true }, h("summary", {}, "The answer as JSON"), h("div", { class: "stack" }, h("div", { class: "row end" }, copy), this.raw));
    this.node = h("div", { class: "test-plan" }, h("section", { class: "stack" }, h("h2", { class: "unseen" }, "Picture"), drop, this.picture, h("div", { class: "card stack" }, choices, note)), h("section", { class: "stack" }, h("h2", {}, "Who is there"), this.told.node, this.faces, this.json));
    this.found = [];
    this.file = null;
    this.told.say("No picture yet.");
  }

  hover(event, over) {
    event.preventDefault();
    event.currentTarget.classList.toggle("over", over);
  }

  drop(event) {
    this.hover(event, false);
    this.take([...event.dataTransfer.files]);
  }

  take([file]) {
    if (!file) return;
    this.forget();
    this.file = file;
    this.found = [];
    this.image.src = URL.createObjectURL(file);
    this.picture.hidden = false;
    this.again();
  }

  // The browser lets go of the picture.
  forget() {
    if (this.image.src) URL.revokeObjectURL(this.image.src);
  }

  async again() {
    if (!this.file) return;
    const { file } = this;
    const form = new FormData();
    form.set("image", file);
    form.set("attributes", this.boxes.filter(([, box]) => box.checked).map(([name]) => name).join(","));
    this.told.say("Looking…");
    try {
      const answer = await post("/recognize", form);
      if (file === this.file) this.tell(answer);
    } catch (problem) {
      this.found = [];
      replace(this.faces);
      this.json.hidden = true;
      this.told.say(problem.message, true);
      this.paint();
    }
  }

  tell(answer) {
    this.found = answer.faces.map((face) => ({ ...face, status: face.name === null ? "REJECT" : "PASS", problem: face.quality.usable ? null : face.quality.problem }));
    const count = this.found.length;
    this.told.say(`${count === 0 ? "No face was found" : count === 1 ? "One face" : `${count} faces`}, in ${Math.round(answer.took_ms)} ms.`);
    replace(this.faces, this.found.map(card));
    this.raw.textContent = JSON.stringify(answer, null, 2);
    this.json.hidden = false;
    this.paint();
  }

  paint() {
    paintFaces(this.canvas, this.image, this.found);
    const pen = this.canvas.getContext("2d");
    const zoom = this.canvas.width / (this.image.naturalWidth || 1);
    pen.fillStyle = "#6fd3ff";
    for (const face of this.found) for (const name of POINTS) for (const [x, y] of face.attributes?.[name] ?? []) pen.fillRect(x * zoom - 1.5, y * zoom - 1.5, 3, 3);
  }

  copy() {
    attempt(async () => {
      await navigator.clipboard.writeText(this.raw.textContent);
      toast("Copied.", "good");
    });
  }
}

function card(face) {
  const { quality, attributes } = face;
  const advice = [...(quality.problems ?? []), ...(quality.hints ?? [])];
  const facts = [["Nearest", explain(face)], ["Quality", `${Math.round(quality.score * 100)} %, ${Math.round(quality.eyes_px)} pixels between the eyes`], ["Better", advice.join("; ")], ...looks(attributes)];
  return h("li", { class: "card stack" }, h("div", { class: "row" }, h("b", { class: "grow", dir: "auto" }, face.name ?? "Somebody"), face.name === null ? badge(face.status, face.reason) : h("span", { class: "badge pass" }, "recognised")), h("dl", { class: "facts" }, facts.filter(([, text]) => text).map(([label, text]) => [h("dt", {}, label), h("dd", {}, text)])));
}

function looks(attributes) {
  if (!attributes) return [];
  const { age, gender, expression, mask, pose, eyes_open: eyes } = attributes;
  const guess = (one) => one && `${one.label} (${Math.round(one.probability * 100)} %)`;
  return [
    ["Age", age == null ? "" : `about ${Math.round(age)}`],
    ["Gender", guess(gender)],
    ["Expression", guess(expression)],
    ["Mask", guess(mask)],
    ["Head", pose && `turned ${Math.round(pose.yaw)}°, raised ${Math.round(pose.pitch)}°, tilted ${Math.round(pose.roll)}°`],
    ["Eyes", eyes && `open ${eyes.map((one) => one.toFixed(2)).join(" and ")}`],
  ];
}
