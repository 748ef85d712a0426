// Cameras: how each does and why one is lost; a new one is tried before it is added.

import { del, get, patch, post } from "../api.js";
import { h, replace, useStyles } from "../dom.js";
import { ago, askBox, attempt, busy, confirmBox, emptyState, field, icon, resultLine, toast } from "../ui.js";
import { restartNotice } from "./desk/restart.js";

export const title = "Cameras";

const EVERY_MS = 3000;
const STATES = { live: ["good", "live"], connecting: ["wait", "connecting"], lost: ["bad", "lost"], ended: ["wait", "ended"] };
const PENDING = { added: "added", removed: "removed", changed: "given another source" };
const HELP = "0 is the first USB camera. A network camera: rtsp://user:password@address/path, or http:// for MJPEG. demo plays the built-in demonstration.";

export async function show(root, { signal, me }) {
  await useStyles("views/desk/desk.css");
  const notice = h("div");
  const cards = h("ul", { class: "desk-cards", id: "cameras" });
  let last = "";

  async function refresh() {
    const told = await get("/cameras", null, { signal });
    const said = JSON.stringify(told);
    if (said === last) return;
    last = said;
    draw(told);
  }

  function draw({ cameras, overridden }) {
    const focused = document.activeElement?.dataset?.key; // drawn again every few seconds: who tabs here stays where they are
    replace(notice, restartNotice(cameras.filter((camera) => camera.pending).map((camera) => `${camera.name} is ${PENDING[camera.pending]}`), me));
    replace(cards, cameras.map((camera) => h("li", { class: "card" }, card(camera, me.may("admin") && !overridden, refresh, me))));
    if (!cameras.length) replace(cards, h("li", {}, emptyState({ name: "cameras", title: "No camera", text: "Add one below." })));
    if (focused) cards.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    locked.hidden = !overridden;
    adding.hidden = Boolean(overridden);
    replace(locked, `The cameras are named by VIDEO_SOURCE in ${overridden === "environment" ? "the environment" : overridden}: they can be changed only there.`);
  }

  const locked = h("p", { class: "card muted", hidden: true });
  const adding = h("section", { class: "card stack narrow", hidden: true, "aria-labelledby": "add-camera" });
  replace(adding, addForm(refresh));
  replace(root, h("div", { class: "stack" }, notice, h("h2", { class: "unseen" }, "All cameras"), cards, me.may("admin") && [locked, adding]));
  const timer = setInterval(() => document.hidden || refresh().catch(() => {}), EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
  await refresh();
}

function card(camera, changeable, refresh, me) {
  const [tone, state] = STATES[camera.state] ?? ["wait", camera.pending === "added" ? "from the next start" : "in another program"];
  const facts = [
    ["Source", camera.source],
    camera.fps != null && ["Pictures", `${camera.fps.toFixed(1)} a second`],
    camera.last_frame_at && ["Latest", h("time", {}, ago(camera.last_frame_at))],
    camera.frames != null && ["Since the start", `${camera.frames} pictures, ${camera.dropped} passed over, ${camera.reconnects} times found again`],
    camera.repeated > 0 && ["Repeated", `${camera.repeated} ${camera.repeated === 1 ? "picture was" : "pictures were"} the same as the one before`],
  ].filter(Boolean);
  return [
    h("div", { class: "row" }, h("h3", { class: "grow", dir: "auto" }, camera.name), h("span", { class: `badge ${tone}` }, state)),
    camera.problem && h("p", { class: "problem" }, camera.problem),
    h("dl", { class: "facts" }, facts.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    camera.pending && h("p", { class: "muted small" }, `From the next start: ${PENDING[camera.pending]}.`),
    me.may("admin") && h("div", { class: "row" }, testButton(camera), changeable && camera.pending !== "removed" && [
      h("button", { type: "button", class: "quiet", dataset: { key: `edit-${camera.name}` }, on: { click: () => edit(camera, refresh) } }, icon("edit"), "Change"),
      h("button", { type: "button", class: "quiet", dataset: { key: `remove-${camera.name}` }, on: { click: () => remove(camera, refresh) } }, icon("trash"), "Remove"),
    ]),
  ];
}

function testButton(camera) {
  const button = h("button", { type: "button", class: "quiet", dataset: { key: `test-${camera.name}` } }, icon("test"), "Test");
  button.addEventListener("click", () => busy(button, () => attempt(async () => showTrial(camera.name, await post("/cameras/test", { name: camera.name })))));
  return button;
}

function showTrial(name, trial) {
  const dialog = h("dialog", { class: "box", "aria-label": `Test of ${name}`, on: { close: () => dialog.remove() } });
  replace(dialog, h("div", { class: "stack" }, h("h2", {}, `${name} answers`), trialTold(trial), h("div", { class: "row end" }, h("button", { type: "button", on: { click: () => dialog.close() } }, "Close"))));
  document.body.append(dialog);
  dialog.showModal();
}

function trialTold(trial) {
  const pace = trial.fps == null ? "one picture came" : `${trial.fps} pictures a second`;
  return h("div", { class: "trial stack" }, h("img", { src: `data:image/jpeg;base64,${trial.jpeg}`, alt: "What the camera sees now" }), h("p", {}, `${trial.width} × ${trial.height}, ${pace}.`, trial.width < 640 && " Faces far away will be too small at this size."));
}

function addForm(refresh) {
  const name = field({ name: "name", label: "Name", required: true, maxlength: 32, pattern: "[A-Za-z0-9_\\-]{1,32}", placeholder: "front", help: "Letters, digits, _ and -." });
  const source = field({ name: "source", label: "Source", required: true, maxlength: 2000, placeholder: "rtsp://user:password@192.168.1.20/stream", help: HELP });
  source.input.setAttribute("spellcheck", "false");
  const told = resultLine({ id: "trial" });
  const seen = h("div");
  const test = h("button", { type: "button", class: "quiet" }, icon("test"), "Test");
  const add = h("button", { type: "submit" }, icon("plus"), "Add");

  async function trial() {
    if (!source.input.reportValidity()) return;
    replace(seen);
    told.say("Opening it… this may take 20 seconds.");
    try {
      const answer = await post("/cameras/test", { source: source.read() });
      told.say("It answers.");
      replace(seen, trialTold(answer));
    } catch (problem) {
      told.say(problem.message, true);
    }
  }

  async function submit(event) {
    event.preventDefault();
    try {
      await busy(add, post("/cameras", { name: name.read().trim(), source: source.read().trim() }));
      toast(`${name.read().trim()} is added from the next start on.`, "good");
      for (const one of [name, source]) one.input.value = "";
      told.say("");
      replace(seen);
      await refresh();
    } catch (problem) {
      told.say(problem.message, true);
    }
  }

  test.addEventListener("click", () => busy(test, trial));
  return [h("h2", { id: "add-camera" }, "Add a camera"), h("form", { class: "stack", on: { submit } }, name.node, source.node, h("div", { class: "row" }, test, add), told.node, seen)];
}

async function edit(camera, refresh) {
  const answer = await askBox({
    title: `Change ${camera.name}`,
    fields: [
      { name: "name", label: "Name", value: camera.name, required: true, maxlength: 32, pattern: "[A-Za-z0-9_\\-]{1,32}" },
      { name: "source", label: "New source", help: `Left empty it stays ${camera.source}. ${HELP}` },
    ],
  });
  if (!answer) return;
  const change = { name: answer.name.trim(), source: answer.source.trim() || null };
  if (await attempt(() => patch(`/cameras/${encodeURIComponent(camera.name)}`, change))) await attempt(refresh);
}

async function remove(camera, refresh) {
  const text = "From the next start on nobody is looked for there. What was recorded stays.";
  if (!(await confirmBox({ title: `Remove ${camera.name}?`, text, verb: "Remove", danger: true }))) return;
  if (await attempt(() => del(`/cameras/${encodeURIComponent(camera.name)}`))) await attempt(refresh);
}
