// The demo with pictures: drop one, or two where two are compared, and see what the service says.

import { h, replace } from "../../dom.js";
import { icon, resultLine } from "../../ui.js";
import { card, judged, paint } from "./faces.js";

const LONGEST_PX = 1920; // what is sent of a larger picture: the API takes files of 5 MB at most
const WORDS = { file: ["Picture", "Drop a picture here, or paste one."], source_image: ["First picture", "The face to compare with: one face only."], target_image: ["Second picture", "Any number of faces."] };

// `options()` are those of the request, `from()` the similarity from which on a face has a name, `tools(picture)` what can be done with a picture.
export class Upload {
  constructor(service, parts, { options, from, tools, signal }) {
    Object.assign(this, { service, options, from, signal });
    this.frames = parts.map((part) => new Framed(part, () => this.again()));
    this.told = resultLine({ id: "demo-result" });
    this.faces = h("ol", { class: "stack", "aria-label": "Faces" });
    this.tools = h("div", { class: "row" });
    this.toolsFor = tools;
    this.request = h("pre", { tabindex: 0, "aria-label": "The request" });
    this.raw = h("pre", { tabindex: 0, "aria-label": "The answer as JSON" });
    this.wire = h("details", { class: "card", hidden: true }, h("summary", {}, "Request and answer"), h("div", { class: "stack" }, this.request, this.raw));
    this.node = h("div", { class: "cf-plan" }, h("section", { class: "cf-frames" }, h("h3", { class: "unseen" }, "Pictures"), this.frames.map((frame) => frame.node)), h("section", { class: "stack" }, h("h3", {}, "What the service says"), this.told.node, this.faces, this.tools, this.wire));
    this.told.say(parts.length > 1 ? "Choose two pictures." : "No picture yet.");
    addEventListener("resize", () => this.frames.forEach((frame) => frame.paint()), { signal });
    addEventListener("paste", (event) => (this.frames.find((frame) => !frame.picture) ?? this.frames.at(-1)).take([...(event.clipboardData?.files ?? [])]), { signal });
    signal.addEventListener("abort", () => this.frames.forEach((frame) => frame.forget()));
  }

  // Asks about the pictures that are there now.
  async again() {
    const pictures = this.frames.map((frame) => frame.picture);
    const wrong = this.frames.find((frame) => frame.problem);
    replace(this.faces);
    replace(this.tools);
    this.wire.hidden = true;
    this.frames.forEach((frame) => frame.show([]));
    if (wrong) return this.told.say(wrong.problem, true);
    if (pictures.includes(null)) return this.told.say("One more picture is needed.");
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    this.signal.addEventListener("abort", () => this.asking.abort(), { signal });
    this.told.say("Looking…");
    try {
      const options = this.options();
      const { answer, took } = await this.service.look(pictures.map((picture) => picture.blob), options, signal);
      this.tell(answer, took, options);
    } catch (problem) {
      if (problem.name !== "AbortError") this.told.say(problem.message, true);
    }
  }

  tell(answer, took, options) {
    this.answer = answer;
    this.request.textContent = this.service.asCurl(options);
    this.raw.textContent = asText(answer);
    this.wire.hidden = false;
    const count = this.judge();
    this.told.say(`${count === 0 ? "No face was found" : count === 1 ? "One face" : `${count} faces`}, in ${Math.round(took)} ms.`);
    replace(this.tools, count === 1 && this.toolsFor(async () => this.frames.at(-1).picture.blob));
  }

  // Draws the last answer, by the similarity that is wanted now; how many faces there are.
  judge() {
    if (!this.answer || this.wire.hidden) return 0;
    const { source, faces } = judged(this.service.kind, this.answer, this.from());
    this.frames.at(-1).show(faces);
    if (source) this.frames[0].show([source]);
    replace(this.faces, faces.map(card));
    return faces.length;
  }
}

// A place for one picture, with the faces drawn over it.
class Framed {
  constructor(part, changed) {
    const [label, text] = WORDS[part];
    this.picture = null;
    this.problem = "";
    this.changed = changed;
    this.drawn = [];
    const id = `demo-${part}`;
    this.input = h("input", { type: "file", id, accept: "image/*", class: "unseen", on: { change: () => this.take([...this.input.files]) } });
    const choose = h("label", { for: id, class: "button" }, icon("upload"), part === "file" ? "Choose a picture" : `Choose the ${label.toLowerCase()}`);
    this.image = h("img", { alt: label, on: { load: () => this.paint() } });
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.shown = h("div", { class: "cf-picture", hidden: true }, this.image, this.canvas);
    this.node = h("div", { class: "stack" }, h("div", { class: "drop", on: { dragover: (event) => hover(event, true), dragleave: (event) => hover(event, false), drop: (event) => (hover(event, false), this.take([...event.dataTransfer.files])) } }, h("p", {}, text), this.input, choose), this.shown);
  }

  async take([file]) {
    if (!file) return;
    this.forget();
    this.problem = "";
    try {
      this.picture = await upright(file);
      this.image.src = URL.createObjectURL(this.picture.blob);
    } catch {
      this.picture = null;
      this.problem = "This browser cannot read that picture. JPEG, PNG and WebP always work.";
    }
    this.shown.hidden = !this.picture;
    this.changed();
  }

  show(faces) {
    this.drawn = faces;
    this.paint();
  }

  paint() {
    if (this.picture) paint(this.canvas, this.picture, this.drawn);
  }

  // The browser lets go of the picture.
  forget() {
    if (this.image.src) URL.revokeObjectURL(this.image.src);
  }
}

function hover(event, over) {
  event.preventDefault();
  event.currentTarget.classList.toggle("over", over);
}

// JSON with what belongs together on one line: points, not their numbers below each other.
function asText(answer) {
  return JSON.stringify(answer, null, 2).replace(/\[[\d\s.,-]+\]/g, (numbers) => numbers.replace(/\s+/g, " "));
}

// The picture as it is seen: the API counts stored pixels, and does not turn what a phone held upright.
export async function upright(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_PX / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)];
  const canvas = h("canvas", { width, height });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, height);
  pen.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.95));
  return { blob, width, height };
}
