// Live: what each camera sees, who it is taken for and why, and the list of who came by.

import { get } from "../api.js";
import { h, replace } from "../dom.js";
import { subscribe, watchState } from "../stream.js";
import { ago, badge, emptyState, icon, paintFaces } from "../ui.js";
import { CHALLENGES, explain, STATES, tone, verdict } from "../words.js";

export const title = "Live";

const STALE_MS = 3000;
const PASS_SHOWN_MS = 3000;
const MOST_EVENTS = 100;
const MOST_TRACKS = 500;
const DARK = 3; // reports without a camera that works, one after the other, before help is offered
const STILL_IN_MS = 5 * 60000;
const PLAUSIBLE_MS = 60000; // beyond that the two clocks differ

// `wall=1` in the address opens the wall at once, for a screen that nobody touches; `camera=front` shows that one alone.
export function show(root, { params, signal, me }) {
  const wall = new Wall();
  const feed = new Feed(me.may("read"));
  const full = h("button", { type: "button", class: "quiet", on: { click: () => enterWall(signal, true) } }, icon("wall"), "Wall");
  const leave = h("button", { type: "button", class: "icon-button leave-wall", "aria-label": "Leave the wall", on: { click: leaveWall } }, icon("close"));
  const only = params.camera;
  const tools = h("div", { class: "toolbar" }, wall.summary, only && h("a", { class: "button quiet", href: "#/live" }, "All cameras"), full);
  const hints = h("div", { class: "stack hints" });
  const help = new Help(hints, me);
  replace(root, hints, h("div", { class: "live-plan" }, h("section", { "aria-labelledby": "live-title" }, h("h2", { id: "live-title", class: "unseen" }, "Cameras"), tools, wall.node, leave), feed.node));
  if (params.wall) enterWall(signal);
  subscribe((message) => {
    if (message.type === "face_event" && (!only || message.camera === only)) {
      wall.frame(message);
      feed.faces(message);
    } else if (message.type === "status") {
      wall.cameras((message.cameras ?? []).filter((camera) => !only || camera.name === only));
      feed.webhooks(message.webhooks);
      help.cameras(message.cameras ?? []);
      if (message.enrolled === 0) help.say("nobody");
    }
  }, { signal, frames: true });
  watchState((state, why) => {
    if (state !== "off") return; // a stream that is on tells by itself how many are enrolled
    wall.empty("No live pictures", why);
    if (me.may("read")) get("/faces", {}, { signal }).then((names) => names.length || help.say("nobody"), () => {});
  }, { signal });
  const timers = [setInterval(() => wall.age(), 1000), setInterval(() => document.hidden || stillIn(signal), STILL_IN_MS)];
  signal.addEventListener("abort", () => timers.forEach(clearInterval));
  if (me.open) help.say("open");
}

// Whoever watches is there: the session does not run out meanwhile, and where it was ended, the pictures end too.
const stillIn = (signal) => get("/me", {}, { signal }).catch(() => {});

// Hints for whoever is new here; their module is fetched only where there is something to say.
class Help {
  constructor(place, me) {
    Object.assign(this, { place, me, said: new Set(), dark: 0 });
  }

  cameras(cameras) {
    if (cameras.some((camera) => camera.name === "demo")) this.say("demo");
    this.dark = cameras.some((camera) => camera.state !== "lost") ? 0 : this.dark + 1;
    if (this.dark >= DARK) this.say("camera");
  }

  async say(name) {
    if (this.said.has(name)) return;
    this.said.add(name);
    const { add } = await import("./live/hints.js");
    add(this.place, name, this.me);
  }
}

// The cameras alone, on the whole screen where the browser lets us; Escape leaves. The screen is kept awake meanwhile.
function enterWall(signal, byHand = false) {
  behindWall(true);
  if (byHand) document.documentElement.requestFullscreen?.().catch(() => {}); // else the wall fills the window
  let awake = null;
  navigator.wakeLock?.request("screen").then((lock) => (awake = lock), () => {});
  const over = new AbortController();
  const left = () => {
    if (document.body.classList.contains("wall")) leaveWall();
    awake?.release();
    over.abort();
  };
  document.addEventListener("fullscreenchange", () => document.fullscreenElement || left(), { signal: over.signal });
  document.addEventListener("keydown", (event) => event.key === "Escape" && left(), { signal: over.signal });
  signal.addEventListener("abort", left, { signal: over.signal });
}

// What the wall covers can be neither seen nor reached.
function behindWall(covered) {
  document.body.classList.toggle("wall", covered);
  for (const id of ["side", "top", "bottom"]) document.getElementById(id).inert = covered;
}

function leaveWall() {
  behindWall(false);
  if (document.fullscreenElement) document.exitFullscreen();
}

// ---- the cameras ----

class Wall {
  constructor() {
    this.tiles = new Map();
    this.summary = h("p", { class: "muted grow", id: "cameras-summary" });
    this.none = h("div", {});
    this.node = h("div", { class: "cameras", id: "cameras" }, this.none);
    this.empty("No picture yet", "It appears as soon as a camera is there.");
  }

  empty(title, text) {
    replace(this.none, emptyState({ name: "cameras", title, text, action: { label: "Cameras", href: "#/cameras" } }));
  }

  tile(name) {
    if (!this.tiles.has(name)) {
      this.none.remove();
      this.tiles.set(name, new Tile(name));
      this.node.append(this.tiles.get(name).node);
      this.node.dataset.count = String(Math.min(this.tiles.size, 9));
    }
    return this.tiles.get(name);
  }

  frame(message) {
    this.tile(message.camera ?? "camera").take(message);
  }

  cameras(cameras) {
    for (const camera of cameras) this.tile(camera.name).condition(camera);
    const live = cameras.filter((camera) => camera.state === "live").length;
    this.summary.textContent = cameras.length ? `${live} of ${cameras.length} ${cameras.length === 1 ? "camera" : "cameras"} live` : "";
  }

  age() {
    for (const tile of this.tiles.values()) tile.age();
  }
}

class Tile {
  constructor(name) {
    this.image = h("img", { alt: `Live picture of camera ${name}` });
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.verdict = h("p", { class: "verdict", dir: "auto", hidden: true });
    this.challenge = h("p", { class: "challenge", role: "status", hidden: true });
    this.light = h("span", { class: "light", "aria-hidden": "true" });
    this.state = h("span", { class: "camera-state muted" });
    this.delay = h("span", { class: "camera-delay muted" });
    this.list = h("ul", { class: "faces" });
    const caption = h("figcaption", {}, this.light, h("strong", { class: "camera-name", dir: "auto" }, h("a", { href: `#/live?camera=${encodeURIComponent(name)}` }, name)), " ", this.state, this.delay);
    this.node = h("figure", { class: "camera" }, h("div", { class: "picture" }, this.image, this.canvas, this.challenge, this.verdict), caption, this.list);
    this.image.onload = () => this.fit();
    this.passed = { name: null, until: 0 };
    this.shown = null;
    this.drawnAt = 0;
  }

  take(message) {
    const [pass] = message.passes ?? [];
    if (pass) this.passed = { name: pass.name, until: performance.now() + PASS_SHOWN_MS }; // seen, even if its frame is not drawn
    if (!this.waiting) requestAnimationFrame(() => this.draw()); // a hidden page draws nothing, a slow one only the newest
    this.waiting = message;
  }

  draw() {
    const message = this.waiting;
    this.waiting = null;
    this.shown = message;
    this.drawnAt = performance.now();
    this.node.classList.remove("stale");
    if (message.frame) this.image.src = `data:image/jpeg;base64,${message.frame}`;
    else this.paint();
    this.say(message);
    this.tellDelay(Date.now() - message.captured_at);
  }

  say(message) {
    const faces = message.faces ?? [];
    const passing = faces.find((face) => face.status === "PASS")?.name ?? this.held(faces);
    const look = passing ? "pass" : tone(message.status, message.reason);
    this.verdict.hidden = look === "none";
    this.verdict.className = `verdict ${look}`;
    this.verdict.textContent = passing ? `${passing} may pass` : verdict(message);
    this.node.dataset.tone = look;
    const asked = !passing && faces.find((face) => face.challenge)?.challenge;
    this.challenge.hidden = !asked;
    const words = asked ? (CHALLENGES[asked] ?? asked) : "";
    if (this.challenge.textContent !== words) this.challenge.textContent = words;
    replace(this.list, faces.map((face) => h("li", {}, badge(face.status, face.reason), " ", h("b", { dir: "auto" }, face.name ?? "Somebody"), " ", h("span", { class: "muted" }, explain(face) || face.problem || ""))));
  }

  // Who passed a moment ago, unless somebody stands there now who may not.
  held(faces) {
    const refused = faces.some((face) => tone(face.status, face.reason) === "reject");
    return this.drawnAt < this.passed.until && !refused ? this.passed.name : null;
  }

  // From the capture to here: decoding, deciding, the way. Only where both clocks agree.
  tellDelay(ms) {
    if (!(ms >= 0 && ms < PLAUSIBLE_MS)) return (this.delay.textContent = "");
    this.lag = this.lag === undefined ? ms : this.lag * 0.8 + ms * 0.2;
    return (this.delay.textContent = ` · ${Math.round(this.lag / 10) * 10} ms behind`);
  }

  // The tile takes the picture's shape, within reason.
  fit() {
    const { naturalWidth: width, naturalHeight: height } = this.image;
    const shape = String(Math.min(2.4, Math.max(1, width / height)));
    if (this.shape !== shape) this.image.parentElement.style.aspectRatio = this.shape = shape;
    this.paint();
  }

  // Boxes, where the pictures come without them (DRAW=false).
  paint() {
    paintFaces(this.canvas, this.image, this.shown?.drawn === false ? (this.shown.faces ?? []) : []);
  }

  condition(camera) {
    const live = camera.state === "live";
    const said = [STATES[camera.state] ?? camera.state, live ? `${Number(camera.fps ?? 0).toFixed(0)} fps` : "", camera.problem].filter(Boolean);
    if (camera.reconnects) said.push(`reconnected ${camera.reconnects} ${camera.reconnects === 1 ? "time" : "times"}`);
    this.state.textContent = said.join(" · ");
    this.node.classList.toggle("lost", !live);
    if (!live) this.delay.textContent = "";
  }

  age() {
    const stale = performance.now() - this.drawnAt > STALE_MS;
    this.node.classList.toggle("stale", stale);
    if (!stale) return;
    this.verdict.hidden = true;
    this.challenge.hidden = true;
    this.delay.textContent = "";
    this.node.dataset.tone = "none";
  }
}

// ---- who came by: every PASS, and each face's REJECT once for each reason; newest first, bounded ----

class Feed {
  constructor(mayRead) {
    this.told = new Map(); // what was already said of a track
    this.unsure = new Map(); // the row of a track that could not be judged so far: a verdict takes its place
    this.rows = new Map(); // the PASS rows by event id: an event is told once, and its webhooks' fate joins it
    this.seeded = false; // whether the passes from before this page was opened are listed
    this.hooks = h("p", { id: "webhooks", class: "muted small" });
    this.list = h("ol", { id: "events" });
    const log = h("div", { class: "feed", role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-labelledby": "feed-title", tabindex: 0 }, this.list);
    this.none = h("p", { class: "muted" }, "Nobody came by yet.");
    this.node = h("section", { class: "card feed-card", "aria-labelledby": "feed-title" }, h("div", { class: "row" }, h("h2", { id: "feed-title", class: "grow" }, "Who came by"), mayRead && h("a", { href: "#/events" }, "All events")), this.hooks, this.none, log);
  }

  faces(message) {
    const at = message.captured_at ?? message.timestamp * 1000;
    for (const face of message.faces ?? []) {
      if (face.status !== "REJECT" || face.reason === "confirming") continue;
      const track = trackOf(message, face);
      if (!this.isNews(track, `${face.reason} ${face.name}`)) continue;
      this.settle(track);
      const row = this.add(at, message.camera, face);
      if (face.reason === "low_quality") this.unsure.set(track, row);
    }
    for (const pass of message.passes ?? []) {
      if (this.rows.has(pass.event_id)) continue;
      const face = (message.faces ?? []).find((one) => one.name === pass.name && one.status === "PASS");
      if (face) this.settle(trackOf(message, face));
      this.add(at, message.camera, { ...face, ...pass, status: "PASS", reason: null, problem: null });
    }
  }

  webhooks(webhooks) {
    const { delivered = 0, expired = 0, failed = 0, recent = [] } = webhooks ?? {};
    this.hooks.textContent = `Webhooks: ${delivered} delivered, ${expired} expired, ${failed} failed`;
    if (!this.seeded) for (const event of [...recent].sort((a, b) => a.at - b.at)) if (!this.rows.has(event.event_id)) this.add(event.at * 1000, event.camera, { ...event, status: "PASS" });
    this.seeded = true;
    const fates = new Map();
    for (const { event_id: id, result } of recent) fates.set(id, [...(fates.get(id) ?? []), result]); // one for each receiver
    for (const [id, results] of fates) {
      const row = this.rows.get(id);
      if (row) row.querySelector(".where").textContent = `${row.dataset.camera} · webhook ${results.join(", ")}`;
    }
  }

  // What could not be judged has been, now.
  settle(track) {
    this.unsure.get(track)?.remove();
    this.unsure.delete(track);
  }

  isNews(track, said) {
    const known = this.told.get(track) ?? new Set();
    if (known.has(said)) return false;
    this.told.delete(track); // so that the map stays in the order of use
    this.told.set(track, known.add(said));
    if (this.told.size > MOST_TRACKS) {
      const [oldest] = this.told.keys();
      this.told.delete(oldest);
      this.unsure.delete(oldest);
    }
    return true;
  }

  add(at, camera, face) {
    const date = new Date(Number.isFinite(at) ? at : Date.now());
    const time = h("time", { datetime: date.toISOString(), title: `${date.toLocaleString()}, ${ago(date.getTime())}` }, date.toLocaleTimeString());
    const why = [face.status === "PASS" ? "" : face.problem, explain(face)].filter(Boolean).join("; ");
    const row = h("li", { dataset: { camera: camera ?? "camera" } }, h("div", { class: "row" }, h("b", { class: "who grow", dir: "auto" }, face.name ?? "Somebody"), time), h("p", { class: "muted small" }, badge(face.status, face.reason), " ", why && h("span", { class: "why" }, why, " · "), h("span", { class: "where" }, camera ?? "camera")));
    if (face.event_id) this.rows.set(face.event_id, row);
    this.insert(row);
    return row;
  }

  insert(row) {
    this.none.hidden = true;
    this.list.prepend(row);
    if (this.list.children.length <= MOST_EVENTS) return;
    const oldest = this.list.lastElementChild;
    oldest.remove();
    for (const [id, known] of this.rows) if (known === oldest) this.rows.delete(id);
  }
}

const trackOf = (message, face) => `${message.camera} ${face.track_id}`;
