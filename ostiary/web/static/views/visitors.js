// Visitors: who came and is not known, to be named, merged, ignored or forgotten; and what was said, to be undone.

import { get, post } from "../api.js";
import { h, replace, useStyles } from "../dom.js";
import { ago, askBox, attempt, busy, confirmBox, emptyState, icon, toast, when } from "../ui.js";

export const title = "Visitors";
const REFRESH_MS = 8000;

export async function show(root, { signal, me }) {
  await useStyles("views/visitors.css");
  const may = me.may("enrol");
  const chosen = new Set();
  let visitors = [];
  let last = "";
  const count = h("p", { class: "muted grow", role: "status" });
  const ignored = h("input", { type: "checkbox", on: { change: () => attempt(refresh) } });
  const actions = h("div", { class: "row", hidden: true, role: "group", "aria-label": "What to do with those chosen" });
  const cards = h("ul", { class: "visitor-cards", id: "visitors" });
  const changes = h("ul", { class: "changes", id: "changes" });
  const said = h("section", { class: "card stack", "aria-labelledby": "changes-title" }, h("h2", { id: "changes-title" }, "What was said of them"), changes);
  replace(root, h("div", { class: "toolbar" }, count, actions, h("label", { class: "choice" }, ignored, "Show those ignored")), cards, said);

  async function refresh() {
    const [found, told] = await Promise.all([get("/visitors", { ignored: ignored.checked ? "1" : "" }, { signal }), get("/corrections", {}, { signal })]);
    const now = JSON.stringify([found, told]);
    if (now === last) return;
    last = now;
    visitors = found;
    for (const id of [...chosen]) if (!visitors.some((one) => one.id === id)) chosen.delete(id);
    count.textContent = visitors.length ? `${visitors.length} ${visitors.length === 1 ? "visitor" : "visitors"} nobody knows` : "";
    replace(cards, visitors.length ? visitors.map(card) : h("li", { class: "nobody" }, nobody()));
    said.hidden = !told.length;
    replace(changes, told.map((change) => changeLine(change, may, act)));
    drawActions();
  }

  // Runs one of the things below, says how it went, and shows what came of it.
  async function act(button, work) {
    const done = await busy(button, attempt(work));
    if (done?.message) toast(`${done.message[0].toUpperCase()}${done.message.slice(1)}.`, "good");
    await attempt(refresh);
  }

  function card(visitor) {
    const box = may && h("input", { type: "checkbox", checked: chosen.has(visitor.id), "aria-label": `Choose ${visitor.label}`, on: { change: () => choose(visitor.id, box.checked) } });
    const button = (label, drawn, work) => {
      const made = h("button", { type: "button", class: "quiet", on: { click: () => act(made, () => work(visitor)) } }, icon(drawn), label);
      return made;
    };
    const tools = may && h("div", { class: "row" }, !visitor.ignored && [button("Name", "edit", nameVisitor), button("Ignore", "close", ignore)], button("Forget", "trash", forget));
    const facts = h("p", { class: "muted small" }, `seen ${visitor.seen === 1 ? "once" : `${visitor.seen} times`}, last ${ago(visitor.last_seen * 1000)} at ${visitor.camera}`);
    return h("li", { class: "card visitor" }, h("label", { class: "visitor-face" }, h("img", { src: `/visitors/${visitor.id}/face.jpg?${visitor.last_seen}`, alt: `Face of ${visitor.label}`, loading: "lazy", on: { error: (event) => event.target.remove() } }), box), h("div", { class: "stack" }, h("h2", {}, visitor.label, visitor.ignored && h("span", { class: "badge" }, "ignored")), facts, tools));
  }

  function choose(id, on) {
    if (on) chosen.add(id);
    else chosen.delete(id);
    drawActions();
  }

  function drawActions() {
    actions.hidden = chosen.size < 2;
    const merge = h("button", { type: "button", on: { click: () => act(merge, () => mergeAll([...chosen])) } }, icon("people"), `These ${chosen.size} are one person`);
    const none = h("button", { type: "button", class: "quiet", on: { click: () => (chosen.clear(), (last = ""), attempt(refresh)) } }, "Choose none");
    replace(actions, merge, none);
  }

  async function mergeAll(ids) {
    const [into, ...others] = ids.sort((a, b) => a - b);
    let done = null;
    for (const id of others) done = await send(`/visitors/${id}/merge`, { into });
    chosen.clear();
    return done;
  }

  const timer = setInterval(() => document.hidden || document.querySelector("dialog[open]") || attempt(refresh), REFRESH_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
  await refresh();
}

function nobody() {
  return emptyState({ name: "visitors", title: "No unknown visitors", text: "Whoever comes by and is not enrolled appears here with a picture, to be named with one click.", action: { label: "People", href: "#/people" } });
}

// `params` as a form, as these routes take it.
export function send(path, params = {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries(params)) form.set(name, value);
  return post(path, form);
}

async function nameVisitor(visitor) {
  const names = await get("/faces");
  const asked = await askBox({ title: `Who is ${visitor.label}?`, text: names.length ? "A new name enrols somebody new; one that is known adds this face to that person." : null, fields: [nameField(names)], verb: "That is them" });
  return asked && withForce((more) => send(`/visitors/${visitor.id}/name`, { name: asked.name, ...more }));
}

// A field for a name, new or known.
export function nameField(names) {
  const id = "known-names";
  document.getElementById(id)?.remove();
  document.body.append(h("datalist", { id }, names.map((name) => h("option", { value: name }))));
  return { name: "name", label: "Name", required: true, maxlength: 64, list: id };
}

// `work({})`; where a face speaks against it, the owner may overrule: then `work({ force: "true" })`.
export async function withForce(work) {
  try {
    return await work({});
  } catch (problem) {
    if (!["already_known_as", "kept_out", "not_like_the_others"].includes(problem.code)) throw problem;
    const text = problem.message.replace(/[:;][^:;]*force=true.*$/, ".");
    return (await confirmBox({ title: "Are you sure?", text, verb: "Do it all the same", danger: true })) ? work({ force: "true" }) : null;
  }
}

async function ignore(visitor) {
  const text = "The door will take this face for nobody, whoever it resembles, and tell of it no more. This can be undone below.";
  return (await confirmBox({ title: `Ignore ${visitor.label}?`, text, verb: "Ignore" })) && send(`/visitors/${visitor.id}/ignore`);
}

async function forget(visitor) {
  const text = "The pictures and all that was learned from them are deleted. This cannot be undone.";
  if (!(await confirmBox({ title: `Forget ${visitor.label}?`, text, verb: "Forget", danger: true }))) return null;
  await send(`/visitors/${visitor.id}/forget`);
  return { message: `${visitor.label} is forgotten` };
}

function changeLine(change, may, act) {
  const undo = () => send(`/corrections/${change.id}/undo`).then(() => ({ message: `undone: ${change.message}` }));
  const button = h("button", { type: "button", class: "quiet", "aria-label": `Undo: ${change.message}`, on: { click: () => act(button, undo) } }, "Undo");
  return h("li", { class: "row" }, h("span", { class: "grow", dir: "auto" }, change.undone_at ? h("s", {}, change.message) : change.message), h("span", { class: "muted small" }, when(change.timestamp * 1000)), change.undone_at ? h("span", { class: "badge" }, "undone") : may && button);
}
