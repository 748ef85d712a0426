// One event: a line with a face, which opens to the full reason, and to what can be said against it.

import { del, get, post } from "../../api.js";
import { h, replace } from "../../dom.js";
import { ago, askBox, attempt, badge, busy, confirmBox, icon, toast, when } from "../../ui.js";
import { explain } from "../../words.js";
import { nameField, withForce } from "../visitors.js";
import { corrected, grounds, headline } from "./words.js";

const LABELS = { camera: ["Camera", ""], webhook: ["Webhook", ""], gallery: ["People", ""] };
const TONES = { lost: "reject", expired: "wait", failed: "reject", found: "pass", delivered: "pass" };

export function eventCard(event, { may, admin, changed }) {
  const source = `/events/${encodeURIComponent(event.id)}`;
  const face = event.face ? h("img", { class: "event-face", src: `${source}/face.jpg`, alt: "", loading: "lazy" }) : h("span", { class: "event-face", "aria-hidden": "true" }, icon(event.kind === "camera" ? "cameras" : event.kind === "webhook" ? "api" : "people"));
  const summary = h("summary", {}, face, h("span", { class: "event-text" }, h("span", { class: "row" }, label(event), h("b", { dir: "auto" }, headline(event)), event.correction && h("span", { class: "badge wait" }, "corrected")), event.correction && h("span", { class: "small", dir: "auto" }, `${corrected(event)}.`), h("span", { class: "muted small" }, brief(event))), h("time", { class: "muted small", datetime: new Date(event.at).toISOString(), title: `${event.time}, ${ago(event.at)}` }, when(event.at)));
  const body = h("div", { class: "event-body" });
  const box = h("details", { class: "card event" }, summary, body);
  box.addEventListener("toggle", () => box.open && replace(body, details(event, source, { may, admin, changed })));
  return h("li", { dataset: { id: event.id } }, box);
}

function label(event) {
  if (event.status) return badge(event.status, event.reason);
  const [text] = LABELS[event.kind] ?? [event.kind];
  return h("span", { class: `badge ${TONES[event.reason] ?? ""}` }, text);
}

function brief(event) {
  const why = event.grounds ? explain({ ...event.grounds, name: event.name }) : event.words;
  return [why, event.kind !== "camera" && event.camera, event.by && `by ${event.by}`].filter(Boolean).join(" · ");
}

function details(event, source, { may, admin, changed }) {
  const pictures = [event.face && h("img", { src: `${source}/face.jpg`, alt: `The face seen: ${headline(event)}`, class: "event-large" }), event.frame && h("img", { src: `${source}/frame.jpg`, alt: "The whole frame", class: "event-large" })].filter(Boolean);
  const decided = grounds(event);
  const why = decided.length > 0 && h("div", {}, h("h2", {}, "Why"), h("ul", { class: "grounds" }, decided.map((line) => h("li", { dir: "auto" }, line))));
  const said = event.correction && h("p", { dir: "auto" }, `${corrected(event)}: said ${event.correction.by ? `by ${event.correction.by}, ` : ""}${when(event.correction.at)}.${event.kind === "pass" ? " Attendance goes by this." : ""} What was decided at the door stays below.`);
  const tools = h("div", { class: "row" }, may && corrections(event, changed), admin && removal(event, source, changed));
  return [pictures.length > 0 && h("div", { class: "row" }, pictures), said, why, event.words && h("p", { dir: "auto" }, event.words), tools];
}

// Decisions alone can be wrong: it was not whom they named, or it was somebody in particular. Of a face that could not be
// judged, or was a picture, there is nothing to learn.
function corrections(event, changed) {
  if (!event.status || !["pass", "unknown", "ambiguous", "confirming"].includes(event.reason ?? event.kind)) return [];
  const press = (text, drawn, work) => {
    const button = h("button", { type: "button", class: "quiet", on: { click: () => busy(button, attempt(work)) } }, icon(drawn), text);
    return button;
  };
  if (event.correction) return [press("Undo the correction", "refresh", async () => told(await post(`/corrections/${event.correction.change}/undo`), changed, "undone: "))];
  const correct = async (name) => told(await withForce((more) => post(`/events/${encodeURIComponent(event.id)}/wrong`, { ...(name && { name }), ...(more.force && { force: true }) })), changed);
  const notThem = async () => (await confirmBox({ title: `Not ${event.name}?`, text: `The door learns that this face is not ${event.name}. This can be undone here.`, verb: "Not them" })) && correct(null);
  const was = async () => {
    const asked = await askBox({ title: "Who was it?", text: "The door learns this face as theirs. This can be undone here.", fields: [nameField(await get("/faces"))], verb: "That is them" });
    if (asked) await correct(asked.name);
  };
  return [event.name && press("Not them", "close", notThem), press("It was …", "edit", was)];
}

function told(done, changed, before = "") {
  if (!done) return;
  const text = `${before}${done.message}.`;
  toast(text[0].toUpperCase() + text.slice(1), "good");
  changed();
}

function removal(event, source, changed) {
  const button = h("button", { type: "button", class: "quiet", on: { click: remove } }, icon("trash"), "Delete");
  async function remove() {
    if (!(await confirmBox({ title: "Delete this event?", text: "The event and its pictures are deleted. This cannot be undone.", verb: "Delete", danger: true }))) return;
    if (await attempt(() => del(source))) changed();
  }
  return button;
}
