// The live stream: one WebSocket for all who listen. It opens with the first listener, and opens again when it breaks.

import { get, Problem } from "./api.js";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10000;
const SILENCE_MS = 30000; // a connection that talked and then says nothing for so long is dead
const LINGER_MS = 2000; // the next view may listen again at once

const listeners = new Map(); // function -> whether it wants pictures
const watchers = new Set();
let current = { state: "idle", why: "" };
let running = null; // { stop, frames } of the connection that is kept up

// Calls `fn` with every message until `signal` is aborted. Pictures come only where some listener asks for `frames`.
export function subscribe(fn, { signal, frames = false } = {}) {
  listeners.set(fn, frames);
  signal?.addEventListener("abort", () => {
    listeners.delete(fn);
    setTimeout(tune, LINGER_MS);
  });
  tune();
}

// Calls `fn(state, why)` now and at each change: idle, connecting, live, lost, off.
export function watchState(fn, { signal } = {}) {
  watchers.add(fn);
  signal?.addEventListener("abort", () => watchers.delete(fn));
  fn(current.state, current.why);
}

function tune() {
  const frames = [...listeners.values()].some(Boolean);
  if (running && listeners.size && running.frames === frames) return;
  running?.stop.abort();
  running = null;
  if (!listeners.size) return tell("idle");
  running = { stop: new AbortController(), frames };
  keepUp(running.stop.signal, frames);
}

async function keepUp(signal, frames) {
  let pause = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    if (current.state !== "lost") tell("connecting"); // still lost, as far as anybody can see
    let why = "The stream broke off.";
    try {
      const info = await get("/stream-info", {}, { signal });
      if (!info.url) return tell("off", "The live stream is switched off (WS_ENABLE).");
      const heard = await listen(address(info, frames), signal);
      if (heard) pause = FIRST_PAUSE_MS;
      else why = "The stream server does not answer or refused.";
    } catch (problem) {
      if (!(problem instanceof Problem)) return; // left
      if (problem.status === 403) return tell("off", problem.message);
      why = problem.message;
    }
    if (signal.aborted) return;
    tell("lost", why);
    await rest(pause * (0.8 + 0.4 * Math.random()));
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

// Waits for so long, or until the network is back or the page is looked at again: then it is tried at once.
function rest(ms) {
  return new Promise((resolve) => {
    const over = new AbortController();
    const wake = () => (over.abort(), resolve());
    setTimeout(wake, ms);
    addEventListener("online", wake, { signal: over.signal });
    document.addEventListener("visibilitychange", () => document.hidden || wake(), { signal: over.signal });
  });
}

function address(info, frames) {
  const url = new URL(info.url);
  url.searchParams.set("status", "1");
  if (!frames) url.searchParams.set("frames", "0");
  if (info.token) url.searchParams.set("token", info.token);
  return url;
}

// Resolves when the connection ends: true where it was ever open.
function listen(url, signal) {
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    let opened = false;
    let silence = null;
    signal.addEventListener("abort", () => socket.close());
    socket.onopen = () => {
      opened = true;
      tell("live");
    };
    socket.onmessage = (event) => {
      clearTimeout(silence);
      silence = setTimeout(() => socket.close(), SILENCE_MS);
      if (signal.aborted) return;
      const message = JSON.parse(event.data);
      for (const fn of [...listeners.keys()]) fn(message);
    };
    socket.onclose = () => {
      clearTimeout(silence);
      resolve(opened);
    };
  });
}

function tell(state, why = "") {
  current = { state, why };
  for (const fn of [...watchers]) fn(state, why);
}
