// Adding people: photos that are dropped or chosen, the webcam, or a ZIP of many people.

import { post } from "../../api.js";
import { h, replace } from "../../dom.js";
import { busy, field, icon } from "../../ui.js";
import { personHref } from "../people.js";

const WAYS = [["photos", "Photos", "upload"], ["webcam", "Webcam", "cameras"], ["zip", "ZIP of many people", "people"]];
const LONGEST_PX = 4096; // what a phone takes may be larger than an upload may be
const LARGE_BYTES = 8e6;

// Problems that the owner may overrule, and how that is said.
const OVERRULED = {
  already_known_as: "Add all the same",
  kept_out: "Add all the same",
  not_like_the_others: "It is the same person",
};

export async function showAdding(root, { signal }) {
  const name = field({ name: "name", label: "Name", required: true, maxlength: 64, help: "As it is to be told at the door, in any script." });
  const place = h("div", { class: "stack" });
  const result = takenList(() => name.input.value.trim());
  const tabs = h("div", { class: "tabs", role: "group", "aria-label": "How to add" }, WAYS.map(([way, label, drawn]) => h("button", { type: "button", dataset: { way }, on: { click: () => choose(way) } }, icon(drawn), label)));
  let leaving = new AbortController();
  signal.addEventListener("abort", () => leaving.abort());

  async function choose(way) {
    leaving.abort();
    leaving = new AbortController();
    for (const tab of tabs.children) tab.toggleAttribute("aria-current", tab.dataset.way === way);
    name.node.hidden = way === "zip";
    result.node.hidden = way === "zip";
    if (way === "zip") replace(place, (await import("./zip.js")).zipForm(leaving.signal));
    else if (way === "webcam") replace(place, (await import("./webcam.js")).booth({ take: (blob) => take(blob, "from the webcam"), signal: leaving.signal }));
    else replace(place, dropZone((file) => take(file, file.name)));
  }

  function take(file, label) {
    if (name.input.reportValidity()) return result.take(file, label);
    name.input.focus();
    return Promise.resolve(false);
  }

  const guide = h("p", { class: "muted" }, "Three to five photos of a person are best: one straight into the camera, one turned a little to each side, in the light that there is at the door.");
  replace(root, h("div", { class: "add-plan" }, h("div", { class: "row" }, h("a", { href: "#/people" }, "Everybody")), h("section", { class: "card stack", "aria-labelledby": "add-title" }, h("h2", { id: "add-title" }, "Add people"), guide, tabs, name.node, place, result.node)));
  await choose("photos");
  name.input.focus();
}

// A place to drop photos on, which is also a button that opens the files (and on a phone the camera).
export function dropZone(take) {
  const input = h("input", { type: "file", accept: "image/*", multiple: true, class: "unseen", id: "photos-input", on: { change: () => (takeAll(input.files), (input.value = "")) } });
  const zone = h("div", { class: "drop", id: "drop" }, icon("upload"), h("p", {}, "Drop photos here, each with one clear face"), h("label", { class: "button quiet", for: "photos-input" }, "Choose photos"), input);
  const over = (on) => (event) => (event.preventDefault(), zone.classList.toggle("over", on));
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", (event) => (over(false)(event), takeAll(event.dataTransfer.files)));
  async function takeAll(files) {
    for (const file of [...files]) if ((await take(file)) === false) return;
  }
  return zone;
}

// Enrols pictures one after the other as `name()`, and lists how each went; `after` is told of each that was taken.
export function takenList(name, after = () => {}) {
  const list = h("ul", { class: "taken", "aria-live": "polite", "aria-label": "Photos just added" });
  const node = h("div", { class: "stack" }, list);

  async function take(file, label) {
    const said = h("p", { class: "small" }, "Looking at it…");
    const who = h("a", { href: personHref(name()), dir: "auto" }, name());
    const line = h("li", {}, thumbnail(file), h("div", {}, h("p", {}, who, h("span", { class: "muted" }, ` · ${label}`)), said), h("span", {}));
    list.prepend(line);
    return enrol(line, said, file, name(), false);
  }

  async function enrol(line, said, file, person, force) {
    const form = new FormData();
    form.set("name", person);
    form.set("image", await handy(file), "photo.jpg");
    if (force) form.set("force", "true");
    try {
      const answer = await post("/register", form);
      replace(said, icon("check"), ` ${praise(answer)}`);
      said.className = "small";
      replace(line.lastElementChild);
      after(answer);
      return true;
    } catch (problem) {
      if (problem.status === 401) throw problem;
      const verb = OVERRULED[problem.code];
      replace(said, verb ? problem.message.replace(/[:;][^:;]*force=true.*$/, ".") : problem.message); // the button says that better
      said.className = "small problem";
      const again = verb && h("button", { type: "button", class: "quiet", on: { click: () => busy(again, enrol(line, said, file, person, true)) } }, verb);
      replace(line.lastElementChild, again);
      return problem.code === "bad_name" ? false : null;
    }
  }
  return { node, take };
}

function praise({ faces, quality, doubt }) {
  const count = faces === 1 ? "the first photo" : `photo ${faces}`;
  const better = quality.hints.length ? `; better still: ${quality.hints.join(", ")}` : "";
  return `added as ${count}, ${qualityWord(quality)}${better}${doubt ? `. But ${doubt}` : ""}`;
}

// How good a photo is, in one or two words.
export function qualityWord(quality) {
  if (!quality.usable) return "cannot be judged";
  if (quality.score >= 0.7) return "very good";
  if (quality.score >= 0.5) return "good";
  return quality.score >= 0.35 ? "fair" : "poor";
}

function thumbnail(file) {
  const image = h("img", { alt: "", src: URL.createObjectURL(file), on: { load: () => URL.revokeObjectURL(image.src), error: () => URL.revokeObjectURL(image.src) } });
  return image;
}

// A picture that is larger than an upload may be, made smaller; what the browser cannot read goes as it is.
async function handy(file) {
  if (file.size < LARGE_BYTES) return file;
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_PX / Math.max(bitmap.width, bitmap.height));
    const canvas = h("canvas", { width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale) });
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? file), "image/jpeg", 0.92));
  } catch {
    return file;
  }
}
