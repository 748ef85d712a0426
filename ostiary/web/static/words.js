// What the reasons of a REJECT are called.

export const REASONS = {
  unknown: "not enrolled",
  confirming: "one moment…",
  ambiguous: "could be two people",
  low_quality: "cannot be judged: come closer, look here",
  spoof: "a picture of a face, not a face",
  schedule: "not at this hour",
  blocked: "blocked",
};
