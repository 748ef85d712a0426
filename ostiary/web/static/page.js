// The page: the stream's messages go to the tiles and the list of events, the rest is the people's.

import { showEvents, showWebhooks } from "./events.js";
import { showCameras, showFrame } from "./live.js";
import { start } from "./people.js";
import { follow } from "./stream.js";

const STATES = { connecting: "connecting…", live: "live", lost: "connection lost", off: "stream off" };

function onMessage(message) {
  if (message.type === "face_event") {
    showFrame(message);
    showEvents(message);
  } else if (message.type === "status") {
    showCameras(message.cameras ?? []);
    showWebhooks(message.webhooks);
  }
}

function onState(state, why = "") {
  const pill = document.getElementById("stream-state");
  if (state === "connecting" && pill.dataset.state === "lost") return; // still lost, as far as anybody can see
  pill.dataset.state = state;
  pill.textContent = why || STATES[state];
}

start();
follow(onMessage, onState);
