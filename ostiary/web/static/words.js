// What the verdicts and reasons are called, and why a face was judged as it was, in plain words.

export const REASONS = {
  unknown: "not enrolled",
  confirming: "one moment…",
  ambiguous: "could be two people",
  low_quality: "cannot be judged: come closer, look here",
  spoof: "a picture of a face, not a face",
  schedule: "may not pass now",
  blocked: "blocked",
};

export const STATUSES = { PASS: "let in", REJECT: "refused", NO_FACE: "nobody" };

export const CHALLENGES = { turn_left: "turn your head to your left, and back", turn_right: "turn your head to your right, and back", blink: "close your eyes for a moment" };

export const STATES = {
  live: "live",
  connecting: "connecting",
  lost: "connection lost",
  ended: "has ended",
};

// How a verdict looks: pass, wait or reject. A face that is still being judged is no refusal yet.
export function tone(status, reason) {
  if (status === "PASS") return "pass";
  if (status === "NO_FACE") return "none";
  return reason === "confirming" || reason === "low_quality" ? "wait" : "reject";
}

// "katya", "katya: a picture of a face, not a face", "not enrolled".
export function verdict({ status, name, reason, problem }) {
  if (status === "PASS") return name ?? "somebody";
  return [name, problem ?? REASONS[reason] ?? reason ?? "refused"].filter(Boolean).join(": ");
}

// "0.41 to Katya, 0.78 to Zero, 3 of 3 frames, live 0.98". Members that nobody measured are left out.
export function explain(face) {
  const said = [];
  if (face.distance != null) said.push(`${face.distance.toFixed(2)} to ${face.name ?? face.nearest ?? "the nearest"}`);
  if (face.distance != null && face.runner_up_distance != null) said.push(`${face.runner_up_distance.toFixed(2)} to ${face.runner_up ?? "the next"}`);
  if (face.usable && face.name) said.push(`${face.votes ?? 0} of ${face.usable} frames`);
  if (face.reason === "unknown" && face.distance == null) said.push("nobody enrolled is near");
  if (face.liveness != null) said.push(`live ${face.liveness.toFixed(2)}`);
  return said.join(", ");
}
