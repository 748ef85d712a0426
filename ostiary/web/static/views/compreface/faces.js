// What the API says of faces, for eyes: boxes with names over a picture, and a card for each face.

import { h } from "../../dom.js";
import { paintFaces } from "../../ui.js";

export const PLUGINS = [["age", "Age"], ["gender", "Gender"], ["mask", "Mask"], ["pose", "Head pose"], ["landmarks", "5 points"]];
const MASKS = { without_mask: "none", with_mask: "worn", mask_weared_incorrect: "not as it should be" };

// The faces of an answer, each with a verdict: who it is taken for where the similarity is at least `from`.
export function judged(kind, answer, from) {
  if (kind !== "verification") return { faces: answer.result.map((face) => (kind === "detection" ? found(face) : known(face, from))) };
  const [{ source_image_face: source, face_matches: matches }] = answer.result;
  return { source: { ...found(source), verdict: "The face to compare with", label: "this face" }, faces: matches.map((face) => compared(face, from)) };
}

function found(face) {
  return { ...face, good: true, verdict: "A face", label: [`face ${number(face.box.probability)}`, looks(face)].filter(Boolean).join(", ") };
}

function known(face, from) {
  const [best] = face.subjects;
  if (best && best.similarity >= from) return { ...face, good: true, verdict: best.subject, label: `${best.subject} ${number(best.similarity)}` };
  return { ...face, good: false, verdict: "Nobody known", label: best ? `nobody known: ${best.subject} ${number(best.similarity)}` : "nobody known" };
}

function compared(face, from) {
  const good = face.similarity >= from;
  return { ...face, good, verdict: good ? "The same person" : "Somebody else", label: `${good ? "same" : "other"} ${number(face.similarity)}` };
}

const number = (value) => value.toFixed(2);
const looks = ({ age, gender }) => [gender?.value, age && (age.low === age.high ? age.low : `${age.low}–${age.high}`)].filter(Boolean).join(" ");

// Over a picture of `width` x `height` pixels, which `canvas` covers. `mirrored`: the picture is shown the other way round.
export function paint(canvas, { width, height }, faces, { mirrored = false } = {}) {
  const turn = (x) => (mirrored ? width - x : x);
  const boxes = faces.map(({ box, good, label }) => ({ box: mirrored ? [turn(box.x_max), box.y_min, turn(box.x_min), box.y_max] : [box.x_min, box.y_min, box.x_max, box.y_max], status: good ? "PASS" : "REJECT", name: good ? label : null, problem: label }));
  paintFaces(canvas, { naturalWidth: width, naturalHeight: height }, boxes);
  const pen = canvas.getContext("2d");
  const zoom = Math.min(canvas.width / width, canvas.height / height);
  const [left, top] = [(canvas.width - width * zoom) / 2, (canvas.height - height * zoom) / 2];
  const dot = 3 * (devicePixelRatio || 1);
  pen.fillStyle = "#6fd3ff";
  for (const { landmarks } of faces) for (const [x, y] of landmarks ?? []) pen.fillRect(left + turn(x) * zoom - dot / 2, top + y * zoom - dot / 2, dot, dot);
}

export function card(face) {
  const facts = [
    ...(face.subjects ?? []).map(({ subject, similarity }, i) => [i ? "" : "Similarity", h("span", { dir: "auto" }, `${similarity.toFixed(5)} to `, h("b", {}, subject))]),
    face.similarity != null && ["Similarity", face.similarity.toFixed(5)],
    ["A face", `${percent(face.box.probability)}, ${face.box.x_max - face.box.x_min} × ${face.box.y_max - face.box.y_min} pixels`],
    face.age && ["Age", `${face.age.low === face.age.high ? `about ${face.age.low}` : `${face.age.low} to ${face.age.high}`}${sure(face.age)}`],
    face.gender && ["Gender", `${face.gender.value}${sure(face.gender)}`],
    face.mask && ["Mask", `${MASKS[face.mask.value] ?? face.mask.value}${sure(face.mask)}`],
    face.pose && ["Head", `turned ${Math.round(face.pose.yaw)}°, raised ${Math.round(face.pose.pitch)}°, tilted ${Math.round(face.pose.roll)}°`],
  ].filter(Boolean);
  return h("li", { class: "card stack" }, h("div", { class: "row" }, h("b", { class: "grow", dir: "auto" }, face.verdict), face.subjects && !face.subjects.length && h("span", { class: "badge" }, "nobody was added yet")), h("dl", { class: "cf-facts" }, facts.map(([label, value]) => [h("dt", {}, label), h("dd", {}, value)])));
}

const percent = (value) => `${(value * 100).toFixed(1)} %`;
const sure = ({ probability }) => (probability == null || probability === 1 ? "" : ` (${Math.round(probability * 100)} %)`);
