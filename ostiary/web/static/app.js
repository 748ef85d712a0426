// The shell: who is asking, the way round the house, and the view that the address names.

import { del, get, useToken } from "./api.js";
import { h, replace } from "./dom.js";
import { watchState } from "./stream.js";
import { attempt, emptyState, icon } from "./ui.js";

// Name, label, the scope without which a view has nothing to show.
const VIEWS = [
  ["live", "Live", "stream"],
  ["people", "People", "read"],
  ["visitors", "Visitors", "read"],
  ["events", "Events", "read"],
  ["attendance", "Attendance", "read"],
  ["cameras", "Cameras", "read"],
  ["proof", "Proof", "read"],
  ["compreface", "CompreFace", "read"],
  ["access", "Access", "admin"],
  ["settings", "Settings", "admin"],
  ["system", "System", "read"],
  ["test", "Test", "recognise"],
];
const BEFORE = new Set(["login", "welcome"]); // seen by whoever is not in yet
const THUMB = 4; // so many links are always in a thumb's reach on a phone
const STREAM_STATES = { connecting: "connecting…", live: "live", lost: "connection lost", off: "stream off" };
const THEMES = { auto: "as the system", light: "light", dark: "dark" };
const THEME = "ostiary-theme";

const existing = new Set(document.body.dataset.views.split(" "));
const place = (id) => document.getElementById(id);
let me = null;
let leaving = null; // aborted when the view is left
let wanted = ""; // where to go once logged in

async function route() {
  const { name: asked, params } = address();
  leaving?.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  closeDrawer();
  if (!me && !BEFORE.has(asked)) {
    me = await identify();
    if (!me || signal.aborted) return;
    drawShell();
  }
  await load(asked || home(), params, signal);
}

// Where whoever asks for nothing in particular is led: the first view that they may see.
function home() {
  return VIEWS.find(([name, , scope]) => existing.has(name) && me.may(scope))?.[0] ?? "live";
}

async function load(name, params, signal) {
  document.body.classList.toggle("bare", BEFORE.has(name));
  markCurrent(name);
  if (name === "login" && document.querySelector("#main > .view-login")) return; // asked again: what is half typed stays
  const root = h("div", { class: `view view-${name}` });
  try {
    if (!existing.has(name)) throw new Error(`there is no ${name}`);
    const view = await import(`./views/${name}.js`);
    if (signal.aborted) return;
    entitle(view.title);
    replace(place("main"), root);
    await view.show(root, { params, signal, me });
  } catch (problem) {
    if (signal.aborted || problem.name === "AbortError" || problem.status === 401) return;
    const known = "code" in problem;
    if (existing.has(name) && !known) console.error(problem);
    const why = existing.has(name) ? "It could not be loaded." : "This part of the house is not here.";
    if (!known) entitle("Not available");
    const back = { label: "Try again", click: route };
    replace(place("main"), emptyState({ name: "warn", title: known ? "That did not work" : "Not available", text: known ? problem.message : why, action: [back, { label: "Home", href: "#/" }] }));
  }
}

function address() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  return { name: path, params: Object.fromEntries(new URLSearchParams(query ?? "")) };
}

function entitle(title) {
  document.title = `${title} · Ostiary`;
  place("title").textContent = title;
}

// Who asks, as `GET /me` knows it; null where somebody has to log in first.
async function identify() {
  try {
    const found = await get("/me");
    useToken(found.csrf);
    return withMay(found);
  } catch (problem) {
    if (problem.status === 401) return null; // "locked" has been heard
    entitle("No answer");
    replace(place("main"), emptyState({ name: "warn", title: "No answer", text: problem.message, action: { label: "Try again", click: route } }));
    return null;
  }
}

function withMay(found) {
  return { ...found, may: (scope) => found.scopes.includes("admin") || found.scopes.includes(scope) };
}

function drawShell() {
  const seen = VIEWS.filter(([name, , scope]) => existing.has(name) && me.may(scope));
  const links = seen.map(([name, label]) => link(name, label, `#/${name}`));
  const { docs } = document.body.dataset;
  if (docs) links.push(link("api", "API", docs));
  replace(place("links"), links.map((one) => h("li", {}, one)));
  const more = h("button", { type: "button", id: "more", "aria-expanded": "false", "aria-controls": "side", on: { click: toggleDrawer } }, icon("more"), "More");
  replace(place("bottom"), seen.slice(0, THUMB).map(([name, label]) => link(name, label, `#/${name}`)), more);
  const out = h("button", { type: "button", class: "icon-button", "aria-label": "Log out", title: "Log out", on: { click: logOut } }, icon("out"));
  replace(place("who"), h("span", { class: "muted small" }, me.open ? "open to this machine" : [me.name, me.role].filter(Boolean).join(", ")), !me.open && out);
}

function link(name, label, href) {
  return h("a", { href, dataset: { view: name } }, icon(name), h("span", {}, label));
}

function markCurrent(name) {
  for (const one of document.querySelectorAll("[data-view]")) {
    if (one.dataset.view === name) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  }
  place("more")?.classList.toggle("current", !document.querySelector("#bottom [aria-current]"));
}

function toggleDrawer() {
  const open = document.body.classList.toggle("drawer");
  place("more").setAttribute("aria-expanded", String(open));
  if (open) place("links").querySelector("a").focus();
}

function closeDrawer() {
  if (!document.body.classList.contains("drawer")) return;
  document.body.classList.remove("drawer");
  place("more").setAttribute("aria-expanded", "false");
}

async function logOut() {
  await attempt(() => del("/session"));
  lock();
  wanted = ""; // the next one may be somebody else
}

// Somebody has to log in, first or again; then the view that was asked for is shown.
function lock() {
  me = null;
  useToken("");
  if (BEFORE.has(address().name)) return;
  wanted = location.hash;
  location.hash = "#/login";
}

function dressAs(theme) {
  const next = Object.keys(THEMES)[(Object.keys(THEMES).indexOf(theme) + 1) % 3];
  document.documentElement.dataset.theme = theme;
  replace(place("theme"), icon({ auto: "auto", light: "sun", dark: "moon" }[theme]));
  place("theme").setAttribute("aria-label", `Colours: ${THEMES[theme]}. Change to ${THEMES[next]}`);
  place("theme").title = `Colours: ${THEMES[theme]}`;
  place("theme").onclick = () => {
    localStorage.setItem(THEME, next);
    dressAs(next);
  };
}

function showState(state, why) {
  const pill = place("stream-state");
  pill.dataset.state = state;
  pill.textContent = why || (STREAM_STATES[state] ?? "");
}

const kept = localStorage.getItem(THEME);
dressAs(kept in THEMES ? kept : "auto");
watchState(showState);
document.addEventListener("locked", lock);
document.addEventListener("entered", () => {
  me = null;
  const next = wanted || "#/";
  wanted = "";
  if (location.hash === next) route();
  else location.hash = next;
});
place("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the part after # is the router's
  place("main").focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !document.body.classList.contains("drawer")) return;
  closeDrawer();
  place("more").focus();
});
place("main").addEventListener("click", closeDrawer);
addEventListener("hashchange", async () => {
  await route();
  if (!document.querySelector("dialog[open]") && !place("main").contains(document.activeElement)) place("title").focus();
});
route();
