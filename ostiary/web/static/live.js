// The cameras' tiles: newest picture, verdict, state.

import { REASONS } from "./words.js";

const STALE_MS = 3000;
const PASS_SHOWN_MS = 3000;
const tiles = new Map();

export function showFrame(message) {
  const tile = tileOf(message.camera ?? "camera");
  tile.waiting = message;
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
  return { figure, image, caption, verdict: figure.querySelector(".verdict"), passUntil: 0, drawnAt: 0, scheduled: false };
}

function draw(tile) {
  const message = tile.waiting;
  tile.scheduled = false;
  tile.drawnAt = performance.now();
  tile.figure.classList.remove("stale");
  if (message.frame) tile.image.src = `data:image/jpeg;base64,${message.frame}`;
  if (message.passes?.length) tile.passUntil = tile.drawnAt + PASS_SHOWN_MS;
  if (message.status === "PASS" || tile.drawnAt >= tile.passUntil || message.passes?.length) say(tile, message);
}

function say(tile, message) {
  const name = message.passes?.[0]?.name ?? message.name;
  const passed = message.status === "PASS" || message.passes?.length > 0;
  tile.verdict.hidden = message.status === "NO_FACE";
  tile.verdict.className = `verdict ${passed ? "pass" : message.reason === "confirming" ? "wait" : "reject"}`;
  tile.verdict.textContent = passed ? `${name} may pass` : [name, REASONS[message.reason] ?? "rejected"].filter(Boolean).join(": ");
}

setInterval(() => {
  for (const tile of tiles.values()) tile.figure.classList.toggle("stale", performance.now() - tile.drawnAt > STALE_MS);
}, 1000);
