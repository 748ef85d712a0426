// The list of events: every PASS, and each face's REJECT once for each reason; newest first, bounded.

import { REASONS } from "./words.js";

const MOST_EVENTS = 100;
const MOST_TRACKS = 500;
const told = new Map(); // what was already said of a track
let seeded = false; // whether the passes from before this page was opened are listed
const rows = new Map(); // the PASS rows by event id: an event is told once, and its webhooks' fate joins it

export function showEvents(message) {
  const at = new Date(message.captured_at ?? message.timestamp * 1000);
  for (const face of message.faces ?? []) {
    if (face.status !== "REJECT" || face.reason === "confirming") continue;
    if (isNews(`${message.camera} ${face.track_id}`, `${face.reason} ${face.name}`)) add(at, message.camera, face);
  }
  for (const pass of message.passes ?? []) if (!rows.has(pass.event_id)) add(at, message.camera, { ...pass, status: "PASS" });
}

export function showWebhooks(webhooks) {
  const { delivered = 0, expired = 0, failed = 0, recent = [] } = webhooks ?? {};
  document.getElementById("webhooks").textContent = `Webhooks: ${delivered} delivered, ${expired} expired, ${failed} failed`;
  if (!seeded) for (const event of recent) if (!rows.has(event.event_id)) add(new Date(event.at * 1000), event.camera, { ...event, status: "PASS" });
  seeded = true;
  const fates = new Map();
  for (const { event_id: id, result } of recent) fates.set(id, [...(fates.get(id) ?? []), result]); // one for each receiver
  for (const [id, results] of fates) {
    const row = rows.get(id);
    if (row) row.querySelector(".where").textContent = `${row.dataset.camera} · webhook ${results.join(", ")}`;
  }
}

function isNews(track, verdict) {
  const known = told.get(track) ?? new Set();
  if (known.has(verdict)) return false;
  told.delete(track); // so that the map stays in the order of use
  told.set(track, known.add(verdict));
  if (told.size > MOST_TRACKS) told.delete(told.keys().next().value);
  return true;
}

function add(at, camera, face) {
  const row = document.getElementById("event").content.firstElementChild.cloneNode(true);
  const passed = face.status === "PASS";
  const time = row.querySelector("time");
  time.dateTime = at.toISOString();
  time.textContent = at.toLocaleTimeString();
  const badge = row.querySelector(".badge");
  badge.textContent = face.status;
  badge.classList.add(passed ? "pass" : "reject");
  row.querySelector(".who").textContent = face.name ?? "Somebody";
  const distance = face.distance == null ? "" : `distance ${face.distance.toFixed(3)}`;
  row.querySelector(".why").textContent = [passed ? "" : (face.problem ?? REASONS[face.reason] ?? face.reason), distance].filter(Boolean).join(", ");
  row.dataset.camera = camera ?? "camera";
  row.querySelector(".where").textContent = row.dataset.camera;
  if (face.event_id) rows.set(face.event_id, row);
  insert(row);
}

function insert(row) {
  document.getElementById("no-event").hidden = true;
  const list = document.getElementById("events");
  list.prepend(row);
  if (list.children.length <= MOST_EVENTS) return;
  const oldest = list.lastElementChild;
  oldest.remove();
  for (const [id, known] of rows) if (known === oldest) rows.delete(id);
}
