// People: everybody who is enrolled, as cards; one of them closely (`?name=`), or somebody new (`?add=1`).

import { get } from "../api.js";
import { h, replace, useStyles } from "../dom.js";
import { attempt, emptyState, icon } from "../ui.js";

export const title = "People";
const PAGE = 48;
const TYPING_MS = 250;
const REFRESH_MS = 20000; // others enrol too

export async function show(root, { params, signal, me }) {
  await useStyles("views/people.css");
  if (params.name) return (await import("./people/person.js")).showPerson(root, { name: params.name, signal, me });
  if (params.add && me.may("enrol")) return (await import("./people/add.js")).showAdding(root, { signal });
  return showAll(root, { signal, me });
}

async function showAll(root, { signal, me }) {
  let shown = PAGE;
  let last = ""; // what is on the page: the same again is not drawn again, which would move the reader's focus
  const search = h("input", { type: "search", "aria-label": "Find a name", placeholder: "Find a name", autocomplete: "off", dir: "auto" });
  const count = h("p", { class: "muted grow", role: "status", id: "people-count" });
  const cards = h("ul", { class: "people-cards", id: "people" });
  const more = h("button", { type: "button", class: "quiet", hidden: true, on: { click: () => ((shown += PAGE), attempt(refresh)) } }, "Show more");
  const below = h("div", { class: "row center" }, more);
  const add = me.may("enrol") && h("a", { class: "button", href: "#/people?add=1" }, icon("plus"), "Add people");
  replace(root, h("div", { class: "toolbar" }, search, count, add), cards, below);

  async function refresh() {
    const text = search.value.normalize("NFC").trim();
    const found = await many(text, shown, signal);
    const said = JSON.stringify([text, found]);
    if (said === last) return;
    last = said;
    count.textContent = text ? `${found.total} found` : `${found.total} ${found.total === 1 ? "person" : "people"}`;
    more.hidden = found.people.length >= found.total;
    replace(cards, found.people.map(card));
    if (!found.total) replace(cards, h("li", { class: "nobody" }, text ? h("p", { class: "muted" }, "No name like that.") : nobody(me)));
  }

  let typing = null;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => ((shown = PAGE), attempt(refresh)), TYPING_MS);
  });
  const timer = setInterval(() => document.hidden || attempt(refresh), REFRESH_MS);
  signal.addEventListener("abort", () => (clearInterval(timer), clearTimeout(typing)));
  await refresh();
}

// The first `count` people; the API gives at most 200 at a time.
async function many(text, count, signal) {
  const people = [];
  let total = Infinity;
  while (people.length < Math.min(count, total)) {
    const page = await get("/people", { text, offset: people.length, limit: Math.min(200, count - people.length) }, { signal });
    total = page.total;
    if (!page.people.length) break;
    people.push(...page.people);
  }
  return { total, people };
}

function nobody(me) {
  const action = me.may("enrol") && [{ label: "Add the first person", href: "#/people?add=1" }];
  const text = "Whoever comes by is a stranger until you add somebody. Three to five photos of a face let the door know it in any light.";
  return emptyState({ name: "people", title: "Nobody is enrolled yet", text, action });
}

function card(person) {
  return h("li", {}, h("a", { class: "person-card", href: personHref(person.name) }, face(person), h("span", { class: "person-name", dir: "auto" }, person.name), h("span", { class: "person-notes" }, notes(person))));
}

function notes(person) {
  const doubtful = person.photos.filter((photo) => photo.problem).length;
  return [
    h("span", { class: "muted small" }, `${person.faces} ${person.faces === 1 ? "photo" : "photos"}`),
    person.standing === "expired" && h("span", { class: "badge bad" }, "expired"),
    person.standing === "not_yet" && h("span", { class: "badge wait" }, "not yet valid"),
    person.alike.slice(0, 1).map((one) => h("span", { class: `badge ${one.duplicate ? "bad" : "wait"}` }, one.duplicate ? `same as ${one.name}?` : `looks like ${one.name}`)),
    doubtful > 0 && h("span", { class: "badge bad" }, doubtful === 1 ? "a doubtful photo" : `${doubtful} doubtful photos`),
    person.missing.slice(0, 1).map((one) => h("span", { class: "badge" }, one)),
  ];
}

export const personHref = (name) => `#/people?${new URLSearchParams({ name })}`;

export const photoSource = (name, faceId) => `/people/${encodeURIComponent(name)}/photos/${encodeURIComponent(faceId)}.jpg`;

// The picture of somebody: their first that was kept, else the first letter of the name.
export function face(person) {
  const kept = person.photos.find((photo) => photo.photo);
  if (kept) return h("img", { class: "face", src: photoSource(person.name, kept.face_id), alt: "", loading: "lazy", width: 96, height: 96 });
  return h("span", { class: "face letter", "aria-hidden": "true" }, [...person.name][0]);
}
