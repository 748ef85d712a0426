// The browser's own camera: opened, looked through, let go of.

import { h } from "./dom.js";
import { emptyState } from "./ui.js";

// Shows it in `video` until `signal` is aborted. Rejects where there is none, or none is lent: see `refused`.
export async function openWebcam(video, signal) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false });
  const end = () => stream.getTracks().forEach((track) => track.stop());
  if (signal.aborted) return end();
  signal.addEventListener("abort", end);
  video.srcObject = stream;
  await video.play();
}

// What the camera shows now, as a JPEG of at most so many pixels on its longer side.
export function still(video, longest = Infinity) {
  const scale = Math.min(1, longest / Math.max(video.videoWidth, video.videoHeight));
  const canvas = h("canvas", { width: Math.round(video.videoWidth * scale), height: Math.round(video.videoHeight * scale) });
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
}

// Said in its place where the browser lends none to this page, because of how the page came.
export function unreachable() {
  return emptyState({ name: "cameras", title: "The webcam is out of reach", text: "Browsers lend a camera only to pages that come over HTTPS, or from the very machine that shows them (http://localhost). Set TLS_CERT and TLS_KEY, or choose photos instead: on a phone that opens its camera." });
}

export function refused(problem) {
  const why = { NotAllowedError: "The browser was told not to lend its camera. Allow it for this page, in the address bar.", NotFoundError: "This device has no camera.", NotReadableError: "Another program uses the camera." };
  return emptyState({ name: "cameras", title: "No picture from the webcam", text: why[problem.name] ?? problem.message });
}
