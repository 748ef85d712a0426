// The cameras' tiles: newest picture, verdict, state.

import { REASONS } from "./words.js";

const STALE_MS = 3000;
const PASS_SHOWN_MS = 3000;
const tiles = new Map();

export function showFrame(message) {
  const tile = tileOf(message.camera ?? "camera");
  tile.waiting = message;
  const [pass] = message.passes ?? [];
  if (pass) tile.passed = { name: pass.name, until: performance.now() + PASS_SHOWN_MS }; // seen, even if its frame is not drawn
  if (!tile.scheduled) {
    tile.scheduled = true;
    requestAnimationFrame(() => draw(tile)); // a hidden page draws nothing, a slow one only the newest
  }
}

export function showCameras(cameras) {
  for (const camera of cameras) {
    const tile = tileOf(camera.name);
    tile.state = camera.state;
    const rate = camera.state === "live" ? `${Number(camera.fps ?? 0).toFixed(0)} pictures a second` : "";
    const details = [camera.state, rate, camera.problem].filter(Boolean);
    if (camera.reconnects) details.push(`reconnected ${camera.reconnects} times`);
    tile.caption.textContent = details.join(" · ");
    tile.figure.classList.toggle("lost", camera.state !== "live");
  }
}

function tileOf(name) {
  if (!tiles.has(name)) tiles.set(name, newTile(name));
  return tiles.get(name);
}

function newTile(name) {
  document.getElementById("no-camera").hidden = true;
  const figure = document.getElementById("camera").content.firstElementChild.cloneNode(true);
  figure.querySelector(".camera-name").textContent = name;
  const image = figure.querySelector("img");
  image.alt = `Live picture of camera ${name}`;
  document.getElementById("cameras").append(figure);
  const caption = figure.querySelector(".camera-state");
  return { figure, image, caption, verdict: figure.querySelector(".verdict"), passed: { name: null, until: 0 }, drawnAt: 0, scheduled: false };
}

function draw(tile) {
  const message = tile.waiting;
  tile.scheduled = false;
  tile.drawnAt = performance.now();
  tile.figure.classList.remove("stale");
  if (message.frame) tile.image.src = `data:image/jpeg;base64,${message.frame}`;
  say(tile, message);
}

function say(tile, message) {
  const held = tile.drawnAt < tile.passed.until;
  const passing = held ? tile.passed.name : message.status === "PASS" ? message.name : null;
  tile.verdict.hidden = passing === null && message.status === "NO_FACE";
  tile.verdict.className = `verdict ${passing !== null ? "pass" : message.reason === "confirming" ? "wait" : "reject"}`;
  const refused = [message.name, REASONS[message.reason] ?? "rejected"].filter(Boolean).join(": ");
  tile.verdict.textContent = passing !== null ? `${passing} may pass` : refused;
}

setInterval(() => {
  for (const tile of tiles.values()) tile.figure.classList.toggle("stale", performance.now() - tile.drawnAt > STALE_MS);
}, 1000);
