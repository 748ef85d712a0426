// Who a recognition service knows: names, their pictures, adding and removing both.

import { h, replace } from "../../dom.js";
import { askBox, attempt, busy, confirmBox, icon, resultLine, toast } from "../../ui.js";
import { upright } from "./upload.js";

const SHOWN = 200; // names at a time: the rest is found by typing
const FACES = 100; // pictures of one name

export class People {
  // As of `Upload`.
  constructor(service, parts, { signal }) {
    Object.assign(this, { service, signal, names: [], addresses: [] });
    this.search = h("input", { type: "search", class: "cf-find", "aria-label": "Find a name", placeholder: "Find a name", on: { input: () => this.draw() } });
    const add = h("button", { type: "button", on: { click: () => busy(add, attempt(() => this.add())) } }, icon("plus"), "Add pictures");
    this.told = resultLine({ id: "demo-people", class: "muted" });
    this.list = h("ul", { class: "stack", "aria-label": "People" });
    this.node = h("div", { class: "stack" }, h("h3", { class: "unseen" }, "People"), h("div", { class: "toolbar" }, this.search, h("span", { class: "grow" }), add), this.told.node, this.list);
    signal.addEventListener("abort", () => this.addresses.forEach((address) => URL.revokeObjectURL(address)));
    attempt(() => this.again());
  }

  async again() {
    const { subjects } = await this.service.call("GET", "/api/v1/recognition/subjects", undefined, this.signal);
    this.names = subjects.toSorted((one, other) => one.localeCompare(other));
    this.draw();
  }

  judge() {}

  draw() {
    const wanted = this.search.value.trim().toLocaleLowerCase();
    const found = this.names.filter((name) => name.toLocaleLowerCase().includes(wanted));
    const rest = found.length - SHOWN;
    this.told.say(!this.names.length ? "Nobody yet. Add a few pictures of somebody: one face in each." : !found.length ? "No name like that." : rest > 0 ? `${found.length} people, of whom ${SHOWN} are shown: type part of a name.` : `${found.length} ${found.length === 1 ? "person" : "people"}.`);
    replace(this.list, found.slice(0, SHOWN).map((name) => this.person(name)));
  }

  person(name) {
    const place = h("div", { class: "stack" });
    const opened = (event) => event.currentTarget.open && attempt(() => this.open(name, place));
    return h("li", {}, h("details", { class: "card", on: { toggle: opened } }, h("summary", { dir: "auto" }, name), place));
  }

  async open(name, place) {
    const { faces, total_elements: total } = await this.service.call("GET", `/api/v1/recognition/faces?${new URLSearchParams({ subject: name, size: FACES })}`, undefined, this.signal);
    const quiet = (label, work) => h("button", { type: "button", class: "quiet", "aria-label": `${label}: ${name}`, on: { click: (event) => busy(event.currentTarget, attempt(work)) } }, label);
    const count = total > FACES ? `${total} pictures, the first ${FACES} are shown.` : `${total} ${total === 1 ? "picture" : "pictures"}.`;
    const list = h("ul", { class: "cf-faces", "aria-label": `Pictures of ${name}` });
    replace(place, h("div", { class: "row" }, h("span", { class: "muted grow" }, count), quiet("Add pictures", () => this.add(name, () => this.open(name, place))), quiet("Rename", () => this.rename(name)), quiet("Delete", () => this.remove(name))), list);
    for (const [i, { image_id: id }] of faces.entries()) list.append(await this.face(id, `${i + 1} of ${name}`, () => this.open(name, place)));
  }

  async face(id, which, changed) {
    const picture = await this.service.image(id, this.signal);
    const address = picture.size ? URL.createObjectURL(picture) : null;
    if (address) this.addresses.push(address);
    const away = async () => {
      if (!(await confirmBox({ title: `Remove picture ${which}?`, text: "This cannot be undone.", verb: "Remove", danger: true }))) return;
      await this.service.call("DELETE", `/api/v1/recognition/faces/${id}`);
      await changed();
    };
    const remove = h("button", { type: "button", class: "icon-button", "aria-label": `Remove picture ${which}`, on: { click: () => busy(remove, attempt(away)) } }, icon("trash"));
    return h("li", {}, address ? h("img", { src: address, alt: `Picture ${which}` }) : h("span", { class: "muted small" }, "not kept"), remove);
  }

  // `shown()` shows the pictures of `name` again.
  async add(name = "", shown = null) {
    const text = `One face in each picture, three to five pictures of a person.${this.service.atDoor(" The door lets them in from then on.", " If these are the door's own people, it lets them in from then on.", "")}`;
    const answer = await askBox({ title: "Add pictures", text, verb: "Add", fields: [{ name: "subject", label: "Name", required: true, maxlength: 50, value: name }, { name: "files", label: "Pictures", type: "file", required: true, multiple: true, accept: "image/*" }] });
    const subject = answer?.subject.trim();
    if (!subject) return;
    let added = 0;
    for (const file of answer.files) {
      try {
        await this.service.add(subject, (await upright(file)).blob);
        added += 1;
      } catch (problem) {
        toast(`${file.name}: ${"code" in problem ? problem.message : "this browser cannot read it."}`, "bad");
      }
    }
    await (shown && subject === name ? shown() : this.again());
    if (added) toast(`${added} ${added === 1 ? "picture" : "pictures"} of ${subject} added.`, "good");
  }

  async rename(name) {
    const answer = await askBox({ title: `Rename ${name}`, text: "A name that is there already takes the pictures in.", verb: "Rename", fields: [{ name: "subject", label: "New name", required: true, maxlength: 50, value: name }] });
    if (!answer?.subject.trim()) return;
    await this.service.call("PUT", `/api/v1/recognition/subjects/${encodeURIComponent(name)}`, { subject: answer.subject.trim() });
    await this.again();
  }

  async remove(name) {
    const text = `${this.service.atDoor("The door forgets them too, with all that it keeps of them.", "With all pictures; if these are the door's own people, it forgets them too.", "With all pictures.")} This cannot be undone.`;
    if (!(await confirmBox({ title: `Delete ${name}?`, text, verb: "Delete", danger: true }))) return;
    await this.service.call("DELETE", `/api/v1/recognition/faces?${new URLSearchParams({ subject: name })}`);
    await this.again();
  }
}
