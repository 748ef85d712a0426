// Proof: how surely people are told apart here, by the last calibration and the last proof on labelled pictures.

import { get, post, put } from "../api.js";
import { h, replace, useStyles } from "../dom.js";
import { attempt, busy, confirmBox, dataTable, icon, toast, when } from "../ui.js";

export const title = "Proof";

const EVERY_MS = 2000;

export async function show(root, { signal, me }) {
  await useStyles("views/desk/desk.css");
  const place = h("div", { class: "stack" });
  const start = me.may("admin") && h("button", { type: "button", id: "calibrate", on: { click: () => busy(start, () => attempt(begin)) } }, icon("proof"), "Calibrate now");
  const running = h("p", { role: "status", class: "muted" });
  let last = "";

  async function begin() {
    await post("/proof/calibrate");
    await refresh();
  }

  async function refresh() {
    const told = await get("/proof", null, { signal });
    if (start) start.disabled = told.running;
    const said = JSON.stringify(told);
    if (said === last) return;
    last = said;
    const failed = told.finished && told.finished.status > 1;
    replace(running, told.running ? "Calibrating… the door goes on meanwhile." : failed ? h("span", { class: "problem" }, told.finished.words) : "");
    replace(place, told.calibration ? calibration(told.calibration, me) : nothingYet(me), await charts(told, "calibration", signal), told.prove ? proof(told.prove) : noProof(), await charts(told, "report", signal));
  }

  const intro = h("p", { class: "muted grow" }, "Calibrating looks at everybody enrolled and every stranger seen: who looks alike, which photos are odd, which threshold suits.");
  replace(root, h("div", { class: "stack" }, h("div", { class: "toolbar" }, intro, start), running, place));
  const timer = setInterval(() => document.hidden || refresh().catch(() => {}), EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
  await refresh();
}

function nothingYet(me) {
  return h("section", { class: "card stack" }, h("h2", {}, "Not calibrated yet"), h("p", {}, me.may("admin") ? "Calibrate once people are enrolled, and again when many joined or somebody was confused." : "Nobody has calibrated this door yet."));
}

function calibration(told, me) {
  const suggested = { TH_ACCEPT: told.suggested_threshold, MARGIN: told.suggested_margin };
  const facts = [
    ["Looked at", `${told.people} people, ${told.examples} photos, ${told.strangers} strangers`],
    ["In force then", `TH_ACCEPT ${told.threshold.toFixed(3)}, MARGIN ${told.margin.toFixed(3)}`],
    ["Suggested", `TH_ACCEPT ${told.suggested_threshold.toFixed(3)}, MARGIN ${told.suggested_margin.toFixed(3)}`],
    told.tried > 0 && ["With these", `${told.kept} of ${told.tried} photos would be let in by the person's other photos alone`],
    told.closest && ["Closest two people", pair(told.closest)],
    told.closest_stranger && ["Closest stranger", pair(told.closest_stranger)],
    ["By number of people", told.by_size.map(([size, threshold]) => `${size}: ${threshold.toFixed(3)}`).join(" · ")],
  ].filter(Boolean);
  const same = told.suggested_threshold >= told.built_in - 0.001 && told.suggested_margin === told.margin;
  const use = same ? h("p", { class: "muted" }, "TH_ACCEPT=auto does the same, and follows the number of people.") : me.may("admin") && h("button", { type: "button", class: "quiet", on: { click: () => apply(suggested) } }, "Use what is suggested");
  return [
    h("section", { class: "card stack" }, h("div", { class: "section-head" }, h("h2", {}, "Calibration"), h("p", { class: "muted small" }, `${when(told.at)}, ${told.encoder_id}`)), h("dl", { class: "facts" }, facts.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])), use && h("div", { class: "row" }, use)),
    pairs("Perhaps one person, enrolled twice", "Merge them, or remove one of the two.", told.duplicates),
    pairs("Look-alikes, whom only the margin keeps apart", "More photos of both help; they may be refused as ambiguous.", told.look_alikes),
    pairs("Taken for strangers, but as near as only the person is", "Name these visitors if it is so.", told.residents_seen, () => "#/visitors"),
    photos("Photos that do not fit", told.odd),
    photos("Who needs a better photo", told.better),
  ];
}

async function apply(values) {
  const words = Object.entries(values).map(([name, value]) => `${name}=${value.toFixed(3)}`).join(", ");
  if (!(await confirmBox({ title: "Use what is suggested?", text: `${words} is written to ostiary.toml and counts from the next start. A fixed TH_ACCEPT no longer follows the number of people.`, verb: "Write" }))) return;
  const changes = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value.toFixed(3))]));
  if (await attempt(() => put("/settings", { changes }))) toast("Written. Settings shows what waits for the next start.", "good");
}

const pair = (near) => `${near.one} and ${near.other}, ${near.distance.toFixed(3)}`;
const personAt = (name) => `#/people?name=${encodeURIComponent(name)}`;
const person = (name) => h("a", { href: personAt(name), dir: "auto" }, name);

function pairs(heading, advice, rows, place = personAt) {
  if (!rows.length) return null;
  return h("section", { class: "card stack" }, h("h2", {}, heading), h("p", { class: "muted" }, advice), dataTable({ caption: heading, rows, columns: [
    { label: "One", cell: (near) => h("a", { href: place(near.one), dir: "auto" }, near.one) },
    { label: "Other", cell: (near) => person(near.other) },
    { label: "Distance", class: "number", cell: (near) => near.distance.toFixed(3) },
  ] }));
}

function photos(heading, rows) {
  if (!rows.length) return null;
  return h("section", { class: "card stack" }, h("h2", {}, heading), dataTable({ caption: heading, rows, columns: [
    { label: "Person", cell: (photo) => person(photo.person) },
    { label: "Photo", class: "number", cell: (photo) => photo.number },
    { label: "Why", cell: (photo) => photo.problem },
  ] }));
}

function proof(told) {
  const share = ({ count, of }) => (of ? `${((100 * count) / of).toFixed(2)} % (${count} of ${of})` : "–");
  return h("section", { class: "card stack" }, h("div", { class: "section-head" }, h("h2", {}, "Proof on labelled pictures"), h("p", { class: "muted small" }, `${when(told.at)}: ${told.people} people, ${told.files} files, threshold ${told.threshold.toFixed(3)}`)), dataTable({ caption: "Errors", rows: told.quorums, columns: [
    { label: "Frames that must agree", cell: (quorum) => quorum.frames },
    { label: "Residents refused", cell: (quorum) => share(quorum.refused) },
    { label: "Taken for somebody else", cell: (quorum) => share(quorum.mistaken) },
    { label: quorumsStrangers(told), cell: (quorum) => share(quorum.strangers_let_in) },
  ] }));
}

const quorumsStrangers = (told) => (told.quorums.some((quorum) => quorum.strangers_are !== "strangers") ? "Strangers let in (residents taken out)" : "Strangers let in");

function noProof() {
  return h("section", { class: "card stack" }, h("h2", {}, "No proof yet"), h("p", {}, "How often the door errs is measured on labelled pictures, one folder for each person, from a terminal:"), h("pre", {}, "ostiary prove PICTURES"));
}

// The drawn curves whose names begin with `kind`.
async function charts({ charts: names }, kind, signal) {
  const wanted = names.filter((name) => name.startsWith(kind));
  return Promise.all(wanted.map(async (name) => {
    const response = await fetch(`/proof/charts/${name}.svg`, { signal, cache: "no-store" });
    if (!response.ok) return null;
    const drawn = new DOMParser().parseFromString(await response.text(), "image/svg+xml").documentElement;
    return h("section", { class: "card chart" }, document.adoptNode(drawn));
  }));
}
