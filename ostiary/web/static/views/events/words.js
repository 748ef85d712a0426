// What events are called, and why a decision was made, in plain words.

import { REASONS } from "../../words.js";

export const CAME = "pass,reject,visitor";

export const KINDS = [[CAME, "who came"], ["pass", "let in"], ["reject", "refused"], ["visitor", "unknown visitors"], ["camera", "cameras"], ["webhook", "webhooks"], ["gallery", "changes of people"], ["", "everything"]];

const DECIDED = Object.entries(REASONS).filter(([reason]) => reason !== "unknown").map(([reason, words]) => [reason, words.replace(/[:…].*/, "")]);
const OTHERS = {
  camera: [["lost", "lost"], ["found", "found again"], ["ended", "ended"]],
  webhook: [["delivered", "delivered"], ["expired", "expired"], ["failed", "failed"]],
};

export const reasonsOf = (kind) => OTHERS[kind] ?? (["gallery", "pass", "visitor"].includes(kind) ? [] : DECIDED);

const CAMERA = { lost: "was lost", found: "is back", ended: "has ended" };
const WEBHOOK = { delivered: "the webhook was delivered", expired: "the webhook came too late and was not sent", failed: "the webhook was refused" };
const GALLERY = { enrolled: "got another photo", removed: "Somebody was forgotten", renamed: "has a new name", merged: "was made one with somebody", dropped: "lost a photo", learned: "was taught from the door", kept_out: "A face is to be nobody", taken_back: "Something taught was taken back" };

// Who or what it is about, in a few words.
export function headline(event) {
  if (event.kind === "camera") return `Camera ${event.camera ?? ""} ${CAMERA[event.reason] ?? event.reason}`;
  if (event.kind === "webhook") return `${event.name ?? "Somebody"}: ${WEBHOOK[event.reason] ?? event.reason}`;
  if (event.kind === "gallery") return [event.name, GALLERY[event.reason] ?? event.reason].filter(Boolean).join(" ");
  if (event.kind === "visitor") return "Somebody unknown";
  return event.name ?? "Somebody";
}

// What was said of a decision afterwards.
export function corrected({ name, correction }) {
  if (correction.name != null) return `It was ${correction.name}${name && name !== correction.name ? `, not ${name}` : ""}`;
  return `It was not ${name ?? "whom the door took it for"}`;
}

// Why it was decided so, a sentence for each ground that there is.
export function grounds({ kind, reason, name, grounds: told }) {
  if (!told) return [];
  const said = [];
  const near = (distance) => distance.toFixed(2);
  if (kind === "reject") said.push(reason === "low_quality" && told.problem ? `The face could not be judged: ${told.problem}.` : `${capital(REASONS[reason] ?? reason)}.`);
  if (kind === "visitor") said.push("Nobody enrolled is near enough.");
  if (told.distance != null) said.push(`${near(told.distance)} to ${name ?? "the nearest person"}${told.threshold == null ? "" : `; up to ${near(told.threshold)} counts as the same person`}.`);
  if (told.runner_up_distance != null) said.push(`${near(told.runner_up_distance)} to ${told.runner_up ?? "the next person"}${told.margin == null ? "" : `, who must be farther by ${near(told.margin)}`}.`);
  if (told.usable) said.push(`${told.votes} of ${told.usable} clear ${told.usable === 1 ? "frame" : "frames"} agreed.`);
  if (told.liveness != null) said.push(`Alive: ${near(told.liveness)} of 1${told.spoof ? ", taken for a picture of a face" : ""}.`);
  if (told.quality != null) said.push(`Quality of the picture: ${near(told.quality)} of 1.`);
  if (told.seen_s > 0) said.push(`In view for ${told.seen_s.toFixed(1)} s, ${told.frames} ${told.frames === 1 ? "frame" : "frames"}.`);
  return said;
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);
