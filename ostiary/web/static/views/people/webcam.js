// The browser's own camera: a picture every moment is judged by the door's own eyes, which say what to do.

import { post } from "../../api.js";
import { h, replace } from "../../dom.js";
import { icon } from "../../ui.js";
import { openWebcam, refused, still, unreachable } from "../../webcam.js";

const CHECKED_PX = 640;
const PAUSE_MS = 400; // between two looks: stays far from any sensible RATE_LIMIT
const POSES = ["Look straight into the camera.", "Turn your head a little to your left.", "Now a little to your right.", "Once more straight, a little nearer or farther.", "One last: with glasses, or without."];

// `take(blob)` is given each photo and resolves to true where it was used. All ends with `signal`.
export function booth({ take, signal }) {
  if (!navigator.mediaDevices?.getUserMedia) return unreachable();
  const video = h("video", { autoplay: true, playsinline: true, muted: true, "aria-label": "Your webcam, mirrored" });
  const marks = h("canvas", { "aria-hidden": "true" });
  const advice = h("p", { class: "booth-advice", role: "status" });
  const pose = h("p", {}, POSES[0]);
  const shoot = h("button", { type: "button", disabled: true, on: { click: () => shot() } }, icon("cameras"), "Take this photo");
  const node = h("div", { class: "booth", id: "booth" }, pose, h("div", { class: "booth-picture" }, video, marks, advice), h("div", { class: "row" }, shoot, h("span", { class: "muted small" }, "The photo goes to this door only.")));
  let taken = 0;
  let busyTaking = false;

  async function shot() {
    busyTaking = true;
    shoot.disabled = true;
    if (await take(await still(video))) taken += 1;
    pose.textContent = POSES[taken] ?? `${taken} photos are enough. A few more do no harm.`;
    busyTaking = false;
  }

  async function watch() {
    while (!signal.aborted) {
      if (video.videoWidth && !document.hidden && !busyTaking) await look();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async function look() {
    const form = new FormData();
    form.set("image", await still(video, CHECKED_PX), "frame.jpg");
    try {
      const found = await post("/check", form, { signal });
      if (advice.textContent !== found.advice) advice.textContent = found.advice;
      advice.dataset.tone = found.good ? "good" : "wait";
      shoot.disabled = busyTaking || !found.usable;
      mark(marks, video, found);
    } catch (problem) {
      if (signal.aborted || problem.name === "AbortError") return;
      advice.textContent = problem.message;
      advice.dataset.tone = "wait";
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }

  openWebcam(video, signal).then(watch, (problem) => signal.aborted || replace(node, refused(problem)));
  return node;
}

function mark(canvas, video, { box, good, usable }) {
  const scale = Math.max(1, Math.max(video.videoWidth, video.videoHeight) / CHECKED_PX); // from the picture that was judged
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  if (!box) return;
  const [x1, y1, x2, y2] = box.map((value) => value * scale);
  const pen = canvas.getContext("2d");
  pen.lineWidth = Math.max(3, canvas.width / 200);
  pen.strokeStyle = good ? "#35d07f" : usable ? "#ffc233" : "#ff6b60";
  pen.strokeRect(x1, y1, x2 - x1, y2 - y1);
}
