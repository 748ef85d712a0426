// The demo with the webcam: a frame is sent, the answer drawn over the picture, and the next frame follows.

import { h, replace } from "../../dom.js";
import { attempt, icon, resultLine, toast } from "../../ui.js";
import { openWebcam, refused, still, unreachable } from "../../webcam.js";
import { judged, paint } from "./faces.js";
import { NO_FACE } from "./service.js";

const SENT_PX = 640;
const REST_MS = 2000; // after a problem, or while nobody looks at the page

export class Live {
  // As of `Upload`.
  constructor(service, parts, { options, from, tools, signal }) {
    Object.assign(this, { service, options, from, signal });
    this.compares = parts.length > 1;
    this.reference = null;
    this.last = null;
    this.video = h("video", { autoplay: true, playsinline: true, muted: true, "aria-label": "Your webcam, mirrored" });
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.told = resultLine({ id: "demo-live", class: "cf-live-told" });
    this.pace = h("span", { class: "muted small number" });
    const compare = this.compares && h("button", { type: "button", disabled: true, on: { click: () => attempt(() => this.remember()) } }, icon("cameras"), "Compare with this moment");
    const add = tools(() => still(this.video));
    this.buttons = [compare, add].filter(Boolean);
    this.picture = h("div", { class: "cf-live" }, this.video, this.canvas);
    this.node = h("div", { class: "stack cf-booth" }, this.picture, this.told.node, h("div", { class: "row" }, this.buttons, this.pace), h("p", { class: "muted small" }, "Frames go to this program only, one after another, and are not kept."));
    if (!navigator.mediaDevices?.getUserMedia) replace(this.node, unreachable());
    else openWebcam(this.video, signal).then(() => this.watch(), (problem) => signal.aborted || replace(this.node, refused(problem)));
  }

  again() {} // what was changed counts from the next frame on

  judge() {
    if (!this.last) return;
    const { faces } = judged(this.service.kind, this.last.answer, this.from());
    paint(this.canvas, this.last, faces, { mirrored: true });
    this.say(faces.length ? faces.map((face) => face.label).join("; ") : "Nobody is in the picture.");
  }

  async watch() {
    for (const button of this.buttons) button.disabled = false;
    if (this.compares) this.say("Look into the camera, then choose the moment to compare with.");
    while (!this.signal.aborted) {
      if (document.hidden || !this.video.videoWidth || (this.compares && !this.reference)) await rest(200);
      else await this.look();
    }
  }

  async look() {
    const scale = Math.min(1, SENT_PX / Math.max(this.video.videoWidth, this.video.videoHeight));
    const [width, height] = [Math.round(this.video.videoWidth * scale), Math.round(this.video.videoHeight * scale)];
    const frame = await still(this.video, SENT_PX);
    try {
      const { answer, took } = await this.service.look(this.compares ? [this.reference, frame] : [frame], this.options(), this.signal);
      this.last = { answer, width, height };
      this.pace.textContent = `${Math.round(took)} ms a frame`;
      this.judge();
    } catch (problem) {
      if (this.signal.aborted || problem.name === "AbortError") return;
      this.last = null;
      paint(this.canvas, { width, height }, []);
      if (problem.code === NO_FACE) return this.say("Nobody is in the picture.");
      this.say(problem.message, true);
      await rest(Math.max(REST_MS, (problem.retryAfter ?? 0) * 1000));
    }
  }

  async remember() {
    this.reference = await still(this.video, SENT_PX);
    toast("Remembered. From now on each frame is compared with it.", "good");
  }

  // Told only when it changes, for those who hear it.
  say(text, isProblem = false) {
    if (this.told.node.textContent !== text) this.told.say(text, isProblem);
  }
}

const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
