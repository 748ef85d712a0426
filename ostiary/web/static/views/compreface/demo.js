// The demos: what a service says of pictures, or of what the webcam shows. Whoever has the key of a service may use them.

import { h, replace, useStyles } from "../../dom.js";
import { askBox, attempt, busy, field, icon, toast } from "../../ui.js";
import { PLUGINS } from "./faces.js";
import { handed, handOver, KEY, KINDS, Service } from "./service.js";

const SOON_MS = 300;
const MODES = {
  pictures: ["Pictures", async () => (await import("./upload.js")).Upload],
  webcam: ["Webcam", async () => (await import("./live.js")).Live],
  people: ["People", async () => (await import("./people.js")).People],
};

// `services` are those that the dashboard knows, {id, kind, name, label, door}, and `keyOf(id)` tells their keys.
export async function showDemo(root, { signal, services = [], keyOf }) {
  await useStyles("views/compreface.css");
  if (signal.aborted) return;
  const demo = new Demo(signal, services, keyOf);
  replace(root, demo.node);
  if (handed) demo.use(new Service(handed));
  else demo.ask();
}

class Demo {
  constructor(signal, services, keyOf) {
    Object.assign(this, { signal, services, keyOf, service: null, stage: null, leaving: null });
    this.head = h("section", { class: "card stack" });
    this.modes = Object.entries(MODES).map(([name, [label]]) => h("button", { type: "button", dataset: { mode: name }, on: { click: () => attempt(() => this.choose(name)) } }, label));
    this.place = h("div");
    this.options = new Options(() => this.stage?.again(), () => this.stage?.judge());
    this.stageNode = h("div", { class: "stack", hidden: true }, h("div", { class: "tabs", role: "group", "aria-label": "Demo" }, this.modes), this.place, this.options.node);
    this.node = h("div", { class: "stack" }, this.head, this.stageNode);
    signal.addEventListener("abort", () => this.leaving?.abort());
  }

  // Asks which service, by a key or from those of the house.
  ask() {
    this.leaving?.abort();
    this.stage = null;
    this.stageNode.hidden = true;
    handOver(null);
    const kind = field({ name: "kind", label: "What the key is for", type: "select", options: Object.entries(KINDS).map(([name, { label, does }]) => [name, `${label}: ${does}`]) });
    const key = field({ name: "key", label: "Key of the service", type: "password", required: true, spellcheck: "false", help: "Of the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx. It stays in this page's memory and is gone with it." });
    const submit = (event) => {
      event.preventDefault();
      key.input.setCustomValidity(KEY.test(key.read()) ? "" : "A key is 32 hexadecimal digits with four hyphens.");
      if (event.currentTarget.reportValidity()) this.use(new Service({ kind: kind.read(), key: key.read() }));
    };
    key.input.addEventListener("input", () => key.input.setCustomValidity(""));
    const typed = h("form", { class: "stack", novalidate: true, on: { submit } }, kind.node, key.node, h("div", { class: "row" }, h("button", { type: "submit" }, "Use this key")));
    const own = this.services.map((service) => h("button", { type: "button", class: "quiet", on: { click: (event) => busy(event.currentTarget, attempt(() => this.take(service))) } }, icon("api"), service.label));
    this.head.classList.add("cf-ask");
    replace(this.head, h("h2", {}, "Which service?"), h("p", { class: "muted" }, "A service of CompreFace's API looks at your pictures, or through your webcam, and tells what it sees."), own.length > 0 && h("div", { class: "row" }, own), own.length > 0 && h("p", { class: "muted" }, "Or any other, by its key:"), typed);
  }

  async take(service) {
    this.use(new Service({ ...service, key: await this.keyOf(service.id) }));
  }

  use(service) {
    this.service = service;
    handOver(service);
    const { label, does } = KINDS[service.kind];
    this.head.classList.remove("cf-ask");
    const other = h("button", { type: "button", class: "quiet", on: { click: () => this.ask() } }, "Another service");
    replace(this.head, h("div", { class: "row" }, h("h2", { class: "grow", dir: "auto" }, service.title), h("span", { class: "badge" }, label.toLowerCase()), other), h("p", { class: "muted" }, `It tells ${does}.`, service.door && " Its people are those whom the door knows: whoever is added here may pass there."));
    this.options.suit(service.kind);
    this.modes.find((button) => button.dataset.mode === "people").hidden = service.kind !== "recognition";
    this.stageNode.hidden = false;
    attempt(() => this.choose("pictures"));
  }

  async choose(name) {
    for (const button of this.modes) {
      if (button.dataset.mode === name) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    this.leaving?.abort();
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    this.options.node.hidden = name === "people";
    this.stage = null;
    replace(this.place);
    const Stage = await MODES[name][1]();
    if (signal.aborted) return;
    this.stage = new Stage(this.service, KINDS[this.service.kind].parts, { options: () => this.options.read(), from: () => this.options.from(), tools: (picture) => this.tools(picture), signal });
    replace(this.place, this.stage.node);
  }

  // What can be done with a picture of one face; `picture()` gives it.
  tools(picture) {
    if (this.service.kind !== "recognition") return null;
    const add = h("button", { type: "button", class: "quiet", on: { click: () => busy(add, attempt(() => this.add(picture))) } }, icon("plus"), "Add this face");
    return add;
  }

  async add(picture) {
    const taken = await picture();
    const text = this.service.atDoor("The door knows this face from then on, and lets it in under that name.", "The service knows this face from then on; so does the door, if these are its own people.", "The service knows this face from then on.");
    const answer = await askBox({ title: "Add this face", text, verb: "Add", fields: [{ name: "subject", label: "Name", required: true, maxlength: 50 }] });
    if (!answer?.subject.trim()) return;
    const { subject } = await this.service.add(answer.subject.trim(), taken);
    toast(`${subject} was added.`, "good");
    this.stage?.again();
  }
}

// What is asked about each face, and from which similarity on it has a name.
class Options {
  constructor(changed, judged) {
    let soon = null; // several changes at once are one question
    const asked = () => (clearTimeout(soon), (soon = setTimeout(changed, SOON_MS)));
    this.plugins = PLUGINS.map(([name, label]) => [name, h("input", { type: "checkbox", on: { change: asked } }), label]);
    this.threshold = field({ name: "threshold", label: "Surely a face, at least", type: "number", min: 0, max: 1, step: "any", placeholder: "as the server has it", help: "det_prob_threshold, 0 to 1" });
    this.count = field({ name: "count", label: "Candidates for each face", type: "number", min: 1, max: 20, value: 1, help: "prediction_count" });
    this.similar = field({ name: "similar", label: "Has a name from", type: "number", min: 0, max: 1, step: 0.05, value: 0.5, help: "similarity, 0 to 1; decided here, in the page" });
    for (const { input } of [this.threshold, this.count]) input.addEventListener("change", () => input.reportValidity() && asked());
    this.similar.input.addEventListener("input", judged);
    const choices = h("fieldset", { class: "cf-choices" }, h("legend", {}, "Also tell of each face"), this.plugins.map(([, box, label]) => h("label", { class: "choice" }, box, label)));
    this.node = h("section", { class: "card stack" }, h("h3", { class: "unseen" }, "Options"), choices, h("div", { class: "cf-fields" }, this.similar.node, this.threshold.node, this.count.node));
  }

  suit(kind) {
    this.kind = kind;
    this.count.node.hidden = kind !== "recognition";
    this.similar.node.hidden = kind === "detection";
    this.similar.node.querySelector("label").textContent = kind === "verification" ? "The same person from" : "Has a name from";
  }

  from() {
    return Number(this.similar.input.value) || 0;
  }

  read() {
    const plugins = this.plugins.filter(([, box]) => box.checked).map(([name]) => name).join(",");
    const count = this.kind === "recognition" && this.count.read() > 1 ? this.count.read() : null;
    return { face_plugins: plugins, det_prob_threshold: this.threshold.read(), prediction_count: count };
  }
}
