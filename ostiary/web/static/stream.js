// The live stream: connects, hands on every message, and connects again when it breaks.

import { call } from "./api.js";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10000;
const SILENCE_MS = 30000; // a connection that talked and then says nothing for so long is dead

export async function follow(onMessage, onState) {
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    onState("connecting");
    let why = "The stream broke off.";
    try {
      const info = await call("GET", "/stream-info");
      if (!info.url) return onState("off", "The live stream is switched off (WS_ENABLE).");
      const heard = await listen(address(info), onMessage, onState);
      if (heard) pause = FIRST_PAUSE_MS;
      else why = "The stream server does not answer or refused.";
    } catch (problem) {
      why = problem.message;
    }
    onState("lost", why);
    await new Promise((resolve) => setTimeout(resolve, pause * (0.8 + 0.4 * Math.random())));
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

function address(info) {
  const url = new URL(info.url);
  url.searchParams.set("status", "1");
  if (info.token) url.searchParams.set("token", info.token);
  return url;
}

// Resolves when the connection ends: true where it was ever open.
function listen(url, onMessage, onState) {
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    let opened = false;
    let silence = null;
    socket.onopen = () => {
      opened = true;
      onState("live");
    };
    socket.onmessage = (event) => {
      clearTimeout(silence);
      silence = setTimeout(() => socket.close(), SILENCE_MS);
      onMessage(JSON.parse(event.data));
    };
    socket.onclose = () => {
      clearTimeout(silence);
      resolve(opened);
    };
  });
}
