// One person: their photos and how good each is, what is missing, who looks like them, and what can be done.

import { del, get, post } from "../../api.js";
import { h, replace } from "../../dom.js";
import { askBox, attempt, confirmBox, icon, toast, when } from "../../ui.js";
import { face, personHref, photoSource } from "../people.js";
import { dropZone, qualityWord, takenList } from "./add.js";
import { recordCard } from "./record.js";

export async function showPerson(root, { name, signal, me }) {
  const place = h("div", { class: "stack" });
  const path = `/people/${encodeURIComponent(name)}`;
  const may = me.may("enrol");
  const refresh = async () => {
    const person = await get(path, {}, { signal });
    replace(place, head(person, may), h("div", { class: "person-plan" }, h("div", { class: "stack" }, photosCard(person, may, refresh), alikeCard(person, may)), side));
  };
  const side = h("div", { class: "stack" }, may && addCard(name, refresh, signal), await recordCard(name, { signal, me }));
  replace(root, h("div", {}, h("a", { href: "#/people" }, "Everybody")), place);
  await refresh();
}

function head(person, may) {
  const action = (label, drawn, click, kind = "quiet") => h("button", { type: "button", class: kind, on: { click } }, icon(drawn), label);
  return h("div", { class: "person-head" }, face(person), h("h2", { class: "grow", dir: "auto" }, person.name), h("div", { class: "row" }, h("a", { class: "button quiet", href: `#/events?${new URLSearchParams({ name: person.name })}` }, icon("events"), "Events"), may && [ action("Rename", "edit", () => rename(person.name)), action("Merge", "people", () => merge(person.name)), action("Forget", "trash", () => forget(person))]));
}

function photosCard(person, may, refresh) {
  const wanted = person.missing.map((one) => h("li", {}, icon("warn"), one));
  const told = wanted.length ? h("div", {}, h("h3", {}, "Still missing"), h("ul", { class: "checklist", id: "missing" }, wanted)) : h("p", { class: "muted" }, "These are enough: the door knows this face well.");
  return h("section", { class: "card stack", "aria-labelledby": "photos-title" }, h("h2", { id: "photos-title" }, person.faces === 1 ? "1 photo" : `${person.faces} photos`), h("ul", { class: "photos", id: "photos" }, person.photos.map((photo, i) => photoItem(person, photo, i, may, refresh))), told);
}

function photoItem(person, photo, i, may, refresh) {
  const alt = `Photo ${i + 1} of ${person.name}`;
  const picture = photo.photo ? h("a", { href: photoSource(person.name, photo.face_id), target: "_blank", rel: "noopener" }, h("img", { src: photoSource(person.name, photo.face_id), alt, loading: "lazy" })) : h("span", { class: "letter" }, "no picture kept");
  const drop = may && person.faces > 1 && h("button", { type: "button", class: "quiet", "aria-label": `Remove photo ${i + 1}`, on: { click: () => remove(person, photo, refresh) } }, icon("trash"), "Remove");
  return h("li", { class: photo.problem ? "photo doubtful" : "photo" }, picture, h("p", { class: "small" }, photo.quality ? `${qualityWord(photo.quality)} (${photo.quality.score.toFixed(2)})` : ""), photo.problem && h("p", { class: "small problem" }, photo.problem), photo.at && h("p", { class: "muted small" }, when(photo.at)), drop);
}

function alikeCard(person, may) {
  if (!person.alike.length) return null;
  const line = (one) => h("li", { class: "row" }, h("span", { class: "grow" }, h("a", { href: personHref(one.name), dir: "auto" }, one.name), " ", h("span", { class: "muted small" }, `distance ${one.distance.toFixed(2)}`)), h("span", { class: `badge ${one.duplicate ? "bad" : "wait"}` }, one.duplicate ? "maybe one person, enrolled twice" : "may come up as each other"), may && one.duplicate && h("button", { type: "button", class: "quiet", on: { click: () => merge(person.name, one.name) } }, "Merge"));
  return h("section", { class: "card stack", "aria-labelledby": "alike-title" }, h("h2", { id: "alike-title" }, "Who looks alike"), h("p", { class: "muted small" }, "More and better photos of both help the door to tell them apart."), h("ul", { class: "stack" }, person.alike.map(line)));
}

function addCard(name, refresh, signal) {
  const list = takenList(() => name, () => attempt(refresh));
  const place = h("div", { class: "stack" }, dropZone((file) => list.take(file, file.name)));
  const cam = h("button", { type: "button", class: "quiet", on: { click: open } }, icon("cameras"), "Use the webcam");
  async function open() {
    cam.remove();
    const { booth } = await import("./webcam.js");
    replace(place, booth({ take: (blob) => list.take(blob, "from the webcam"), signal }));
  }
  return h("section", { class: "card stack", "aria-labelledby": "more-title" }, h("h2", { id: "more-title" }, "Add photos"), place, h("div", { class: "row" }, cam), list.node);
}

async function remove(person, photo, refresh) {
  if (!(await confirmBox({ title: "Remove this photo?", text: "The picture and what was learned from it are deleted.", verb: "Remove", danger: true }))) return;
  if (await attempt(() => del(`/people/${encodeURIComponent(person.name)}/photos/${encodeURIComponent(photo.face_id)}`))) toast("The photo was removed.", "good");
  await attempt(refresh);
}

async function rename(name) {
  const asked = await askBox({ title: `Rename ${name}`, fields: [{ name: "name", label: "New name", value: name, required: true, maxlength: 64 }], verb: "Rename" });
  if (!asked || asked.name === name) return;
  const done = await attempt(() => post(`/people/${encodeURIComponent(name)}/rename`, { name: asked.name }));
  if (!done) return;
  toast(`${name} is called ${done.name} now.`, "good");
  location.replace(personHref(done.name));
}

async function merge(name, into = "") {
  const names = ((await attempt(() => get("/faces"))) ?? []).filter((one) => one !== name);
  if (!names.length) return toast("There is nobody else to merge with.");
  const fields = [{ name: "into", label: "Who it is", type: "select", options: names.sort((a, b) => a.localeCompare(b)), value: into, help: `All photos of ${name} become this person's. This cannot be undone.` }];
  const asked = await askBox({ title: `Is ${name} somebody else here?`, fields, verb: "Merge", danger: true });
  if (asked) await mergeInto(name, asked.into, false);
}

async function mergeInto(name, into, force) {
  try {
    const done = await post(`/people/${encodeURIComponent(name)}/merge`, { into, force });
    toast(`${name} is ${done.name} now, with ${done.faces} photos.`, "good");
    location.replace(personHref(done.name));
  } catch (problem) {
    if (problem.code !== "not_alike") return toast(problem.message, "bad");
    const text = `${name} and ${into} do not look like one person. If they are two, the door will take either for ${into}.`;
    if (await confirmBox({ title: "Are you sure?", text, verb: "Merge all the same", danger: true })) await mergeInto(name, into, true);
  }
}

async function forget(person) {
  const text = `All that is known of ${person.name} is deleted: ${person.faces === 1 ? "the photo" : `${person.faces} photos`}, encodings, and the name and pictures in the history. This cannot be undone.`;
  if (!(await confirmBox({ title: `Forget ${person.name}?`, text, verb: "Forget", danger: true }))) return;
  const form = new FormData();
  form.set("name", person.name);
  if (!(await attempt(() => post("/unregister", form)))) return;
  toast(`${person.name} is forgotten.`, "good");
  location.replace("#/people");
}
