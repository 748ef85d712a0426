// Who is enrolled: the list, the form that adds, the button that removes.

import { call } from "./api.js";

const REFRESH_MS = 15000; // others enrol too
let names = [];

export function start() {
  const form = document.getElementById("enrol");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    enrol(form);
  });
  document.getElementById("filter").addEventListener("input", list);
  setInterval(() => document.hidden || refresh(), REFRESH_MS);
  refresh();
}

async function refresh() {
  try {
    const found = await call("GET", "/faces");
    if (JSON.stringify(found) === JSON.stringify(names) && names.length) return; // leaves the reader's focus alone
    names = found;
    list();
  } catch (problem) {
    tell("people-result", problem.message, true);
  }
}

function list() {
  const wanted = document.getElementById("filter").value.normalize("NFC").trim().toLowerCase();
  const shown = names.filter((name) => name.toLowerCase().includes(wanted));
  document.getElementById("people").replaceChildren(...shown.map(row));
  document.getElementById("people-count").textContent = names.length ? `(${names.length})` : "";
  tell("people-result", names.length ? (shown.length ? "" : "No name like that.") : "Nobody is enrolled yet.");
}

function row(name) {
  const item = document.getElementById("person").content.firstElementChild.cloneNode(true);
  item.querySelector("span").textContent = name;
  const button = item.querySelector("button");
  button.setAttribute("aria-label", `Remove ${name}`);
  button.addEventListener("click", () => remove(name, button));
  return item;
}

async function enrol(form) {
  const button = form.querySelector("button");
  button.disabled = true;
  tell("enrol-result", "Looking at the photo…");
  try {
    const answer = await call("POST", "/register", new FormData(form));
    tell("enrol-result", `${answer.message}.`);
    form.reset();
  } catch (problem) {
    tell("enrol-result", problem.message, true);
  }
  button.disabled = false;
  refresh();
}

async function remove(name, button) {
  if (!confirm(`Remove ${name}? Photos and encodings of this person are deleted.`)) return;
  button.disabled = true;
  const form = new FormData();
  form.set("name", name);
  try {
    await call("POST", "/unregister", form);
    await refresh();
    document.getElementById("people").focus(); // its button is gone
    tell("people-result", `${name} was removed.`);
  } catch (problem) {
    button.disabled = false;
    tell("people-result", problem.message, true);
  }
}

function tell(id, text, isProblem = false) {
  const place = document.getElementById(id);
  place.textContent = text;
  place.classList.toggle("problem", isProblem);
}
