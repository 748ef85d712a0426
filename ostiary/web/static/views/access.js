// Access: keys for programs, users of the dashboard, and the record of who changed what.

import { del, get, patch, post } from "../api.js";
import { h, replace, useStyles } from "../dom.js";
import { ago, askBox, attempt, confirmBox, dataTable, emptyState, icon, toast, when } from "../ui.js";
import { secretBox } from "./desk/secret.js";

export const title = "Access";

const TABS = { keys: ["Keys", showKeys], users: ["Users", showUsers], record: ["Record of changes", showRecord] };
const SCOPES = [
  ["read", "read people, events and the state of the house"], ["stream", "watch the live pictures and events"], ["recognise", "ask who is in a picture"],
  ["enrol", "add, change and remove people and visitors"], ["admin", "everything, with keys, users and settings"],
];
const ROLES = [
  ["viewer", "Viewer: sees everything, changes nothing"], ["operator", "Operator: also people and visitors"],
  ["administrator", "Administrator: also keys, users and settings"], ["owner", "Owner: also other owners"],
];
const PAGE = 100;

export async function show(root, { params, signal, me }) {
  await useStyles("views/desk/desk.css");
  const chosen = params.tab in TABS ? params.tab : "keys";
  const tabs = h("nav", { class: "tabs", "aria-label": "Access" }, Object.entries(TABS).map(([name, [label]]) => h("a", { href: `#/access?tab=${name}`, "aria-current": name === chosen ? "page" : null }, label)));
  const place = h("div", { class: "stack" });
  replace(root, h("div", { class: "stack" }, tabs, me.open && openNotice(), place));
  await TABS[chosen][1](place, { signal, me });
}

function openNotice() {
  const text = "Whoever uses this machine may do everything. The first key, or the first user who sets a password, locks the house: from then on everybody logs in or shows a key. Invite an owner first.";
  return h("div", { class: "card notice" }, icon("warn"), h("p", { class: "grow" }, h("strong", {}, "The house is open to this machine. "), text));
}

// ---- keys

async function showKeys(place, { signal }) {
  async function draw() {
    const keys = await get("/keys", null, { signal });
    const add = h("button", { type: "button", on: { click: () => create(draw) } }, icon("plus"), "New key");
    const rows = keys.toSorted((one, other) => other.valid - one.valid || other.made_at - one.made_at);
    replace(place, h("div", { class: "toolbar" }, h("p", { class: "muted grow" }, "For programs: shown as x-api-key, or as Authorization: Bearer."), add), h("section", { class: "card" }, dataTable({ caption: "Keys", rows, empty: emptyState({ name: "access", title: "No keys yet", text: "A key lets a program in, for just what it needs." }), columns: [
      { label: "Name", cell: (key) => h("span", {}, key.name, h("br"), h("code", { class: "muted small" }, `ost_${key.id}_…`)) },
      { label: "May", cell: (key) => key.scopes.join(", ") },
      { label: "Made", cell: (key) => `${when(key.made_at)} by ${key.made_by}` },
      { label: "Last used", cell: (key) => (key.used_at ? ago(key.used_at) : "never") },
      { label: "State", cell: keyState },
      { label: "", cell: (key) => key.valid && h("button", { type: "button", class: "quiet", "aria-label": `Revoke ${key.name}`, on: { click: () => revoke(key, draw) } }, "Revoke") },
    ] })));
  }
  await draw();
}

function keyState(key) {
  if (key.revoked_at) return h("span", { class: "badge bad" }, `revoked ${ago(key.revoked_at)}`);
  if (!key.valid) return h("span", { class: "badge bad" }, "expired");
  return h("span", { class: "badge good" }, key.expires_at ? `until ${when(key.expires_at)}` : "valid");
}

async function create(draw) {
  const scopes = SCOPES.map(([name, label]) => ({ name: `scope-${name}`, type: "checkbox", label: `${name}: ${label}`, value: name === "read" }));
  const answer = await askBox({ title: "New key", verb: "Make it", fields: [{ name: "name", label: "Name", required: true, maxlength: 64, help: "What uses it: gate, home assistant…" }, ...scopes, { name: "days", label: "Days until it ends", type: "number", min: 0.01, max: 36500, step: "any", help: "Left empty it never does." }] });
  if (!answer) return;
  const wanted = { name: answer.name, scopes: SCOPES.map(([name]) => name).filter((name) => answer[`scope-${name}`]), days: answer.days === "" ? null : answer.days };
  if (!wanted.scopes.length) return toast("A key without anything it may do is of no use: choose at least one.", "bad");
  const made = await attempt(() => post("/keys", wanted));
  if (!made) return;
  await secretBox(`The key ${made.name}`, "This is shown only now. Keep it where the program finds it; lost, it cannot be had back, only replaced.", made.secret);
  await attempt(draw);
}

async function revoke(key, draw) {
  const text = "Whatever uses it is refused from this moment on. This cannot be undone.";
  if (!(await confirmBox({ title: `Revoke ${key.name}?`, text, verb: "Revoke", danger: true }))) return;
  if (await attempt(() => del(`/keys/${encodeURIComponent(key.id)}`))) await attempt(draw);
}

// ---- users

async function showUsers(place, { signal, me }) {
  async function draw() {
    const users = await get("/users", null, { signal });
    const add = h("button", { type: "button", on: { click: () => invite(draw, me) } }, icon("plus"), "Invite somebody");
    replace(place, h("div", { class: "toolbar" }, h("p", { class: "muted grow" }, "People who log in to this dashboard. Each sets a password by a link that is good once."), add), h("section", { class: "card" }, dataTable({ caption: "Users", rows: users, empty: emptyState({ name: "people", title: "No users yet", text: "Invite the owner first: the link in the program's log does it too." }), columns: [
      { label: "Name", cell: (user) => h("span", { dir: "auto" }, user.name, user.name === me.name && me.kind === "user" ? " (you)" : "") },
      { label: "Role", cell: (user) => user.role },
      { label: "Last log-in", cell: (user) => (user.seen_at ? ago(user.seen_at) : "never") },
      { label: "State", cell: userState },
      { label: "", cell: (user) => userButtons(user, draw, me) },
    ] })));
  }
  await draw();
}

function userState(user) {
  if (user.disabled) return h("span", { class: "badge bad" }, "disabled");
  return user.invited ? h("span", { class: "badge wait" }, "invited") : h("span", { class: "badge good" }, "active");
}

function userButtons(user, draw, me) {
  if (user.role === "owner" && me.role && me.role !== "owner") return h("span", { class: "muted small" }, "only an owner may change owners");
  const path = `/users/${encodeURIComponent(user.name)}`;
  const quiet = (label, click) => h("button", { type: "button", class: "quiet", "aria-label": `${label}: ${user.name}`, on: { click } }, label);
  return h("div", { class: "row" }, quiet("Role", () => changeRole(user, draw, me)), quiet(user.disabled ? "Enable" : "Disable", async () => (await attempt(() => patch(path, { disabled: !user.disabled }))) && (await attempt(draw))), quiet("New link", () => reinvite(user)), quiet("Remove", () => removeUser(user, draw)));
}

const rolesFor = (me) => ROLES.filter(([role]) => role !== "owner" || !me.role || me.role === "owner");

async function invite(draw, me) {
  const answer = await askBox({ title: "Invite somebody", verb: "Make the link", fields: [{ name: "name", label: "Name", required: true, maxlength: 64, help: "They log in with it." }, { name: "role", label: "Role", type: "select", options: rolesFor(me), value: "viewer" }] });
  const invitation = answer && (await attempt(() => post("/users", answer)));
  if (!invitation) return;
  await linkBox(invitation);
  await attempt(draw);
}

async function changeRole(user, draw, me) {
  const answer = await askBox({ title: `Role of ${user.name}`, fields: [{ name: "role", label: "Role", type: "select", options: rolesFor(me), value: user.role }] });
  if (answer && (await attempt(() => patch(`/users/${encodeURIComponent(user.name)}`, answer)))) await attempt(draw);
}

async function reinvite(user) {
  const invitation = await attempt(() => post(`/users/${encodeURIComponent(user.name)}/invite`));
  if (invitation) await linkBox(invitation);
}

async function removeUser(user, draw) {
  const text = "They are logged out at once. What they changed stays in the record.";
  if (!(await confirmBox({ title: `Remove ${user.name}?`, text, verb: "Remove", danger: true }))) return;
  if (await attempt(() => del(`/users/${encodeURIComponent(user.name)}`))) await attempt(draw);
}

function linkBox(invitation) {
  const link = `${location.origin}/#/welcome?${new URLSearchParams({ token: invitation.token, name: invitation.name })}`;
  return secretBox(`A link for ${invitation.name}`, `Good once, until ${when(invitation.expires_at)}. Whoever opens it sets the password: send it only to them.`, link);
}

// ---- the record

async function showRecord(place, { signal }) {
  const search = h("input", { type: "search", "aria-label": "Find in the record", placeholder: "Find: a name, an action…" });
  const who = h("input", { type: "search", "aria-label": "Only by", placeholder: "By whom" });
  const list = h("section", { class: "card" });
  const older = h("button", { type: "button", class: "quiet", on: { click: () => attempt(more) } }, "Show older");
  let entries = [];

  async function load(before) {
    return get("/audit", { before, limit: PAGE, text: search.value.trim(), who: who.value.trim() }, { signal });
  }

  async function more() {
    const found = await load(entries.at(-1)?.id);
    entries = [...entries, ...found];
    draw(found);
  }

  async function fresh() {
    entries = await load();
    draw(entries);
  }

  function draw(found) {
    older.hidden = found.length < PAGE;
    replace(list, dataTable({ caption: "Record of changes", rows: entries, empty: h("p", { class: "muted" }, "Nothing like that."), columns: [
      { label: "When", cell: (entry) => h("time", {}, when(entry.at)) },
      { label: "Who", cell: (entry) => h("span", { dir: "auto" }, entry.who) },
      { label: "What", cell: (entry) => h("code", {}, entry.action) },
      { label: "About", cell: (entry) => h("span", { dir: "auto" }, [entry.target, entry.details].filter(Boolean).join(": ") || "–") },
      { label: "From", cell: (entry) => entry.address || "the terminal" },
    ] }));
  }

  let typing = null;
  for (const input of [search, who]) input.addEventListener("input", () => (clearTimeout(typing), (typing = setTimeout(() => attempt(fresh), 250))));
  signal.addEventListener("abort", () => clearTimeout(typing));
  replace(place, h("div", { class: "toolbar" }, search, who), list, h("div", { class: "row center" }, older));
  await fresh();
}
