// What is written down about somebody: consent, notes, group, and from when to when they may pass.

import { get, put } from "../../api.js";
import { h, replace } from "../../dom.js";
import { askBox, attempt, icon, toast } from "../../ui.js";

const DAY = new Intl.DateTimeFormat([], { dateStyle: "medium" });
const STANDINGS = { valid: ["good", "may pass"], not_yet: ["wait", "not yet"], expired: ["bad", "expired"] };

// A card, or null where this house keeps no records.
export async function recordCard(name, { signal, me }) {
  const path = `/people/${encodeURIComponent(name)}/record`;
  let record;
  try {
    record = await get(path, {}, { signal });
  } catch (problem) {
    if (problem.status === 404) return null;
    throw problem;
  }
  const facts = h("dl", { class: "facts" });
  const draw = () => replace(facts, lines(record));
  const edit = async () => {
    const body = await ask(record);
    if (!body || !Object.keys(body).length) return;
    const changed = await attempt(() => put(path, body));
    if (!changed) return;
    record = changed;
    draw();
    toast("The record was written.", "good");
  };
  draw();
  return h("section", { class: "card stack", "aria-labelledby": "record-title" }, h("div", { class: "row" }, h("h2", { id: "record-title", class: "grow" }, "Record"), me.may("enrol") && h("button", { type: "button", class: "quiet", on: { click: edit } }, icon("edit"), "Edit")), facts);
}

function lines(record) {
  const [kind, word] = STANDINGS[record.standing] ?? ["", record.standing];
  const { consent } = record;
  return [
    ["May pass", h("span", { class: `badge ${kind}` }, word)],
    ["From", record.valid_from && DAY.format(record.valid_from)],
    ["Until", record.expires_at ? DAY.format(record.expires_at - 1) : "without end"],
    ["Shown as", record.display_name],
    ["Group", record.group],
    ["Consent", consent ? `${consent.text} (${DAY.format(consent.given_at)}, noted by ${consent.by})` : "none noted"],
    ["Notes", record.notes],
  ].filter(([, value]) => value).map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", { dir: "auto" }, value)));
}

// Only what was changed; null where nothing is to be.
async function ask(record) {
  const from = day(record.valid_from);
  const until = day(record.expires_at && record.expires_at - 1);
  const consent = record.consent?.text ?? "";
  const given = {
    display_name: { label: "Shown as", type: "text", value: record.display_name, maxlength: 64, help: "Where it differs from the name told at the door." },
    group: { label: "Group", type: "text", value: record.group, maxlength: 64 },
    valid_from: { label: "May pass from", type: "date", value: from },
    expires_at: { label: "May pass until, that day included", type: "date", value: until, help: "Empty: without end. Afterwards the door refuses them." },
    consent: { label: "Consent", type: "textarea", value: consent, help: "What the person agreed to, and how: “signed form of 3 May”." },
    notes: { label: "Notes", type: "textarea", value: record.notes },
  };
  const asked = await askBox({ title: `Record of ${record.name}`, fields: Object.entries(given).map(([name, rest]) => ({ name, ...rest })) });
  if (!asked) return null;
  const changed = Object.entries(asked).filter(([name, value]) => value !== given[name].value);
  return Object.fromEntries(changed.map(([name, value]) => [name, name === "consent" && value ? { text: value } : value || null]));
}

// 2026-05-03, in the local time zone, as a date field takes it.
function day(ms) {
  if (!ms) return "";
  const at = new Date(ms);
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}
