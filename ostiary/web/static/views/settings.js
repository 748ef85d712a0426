// Settings: every one with its meaning, range and origin. Changes are gathered, checked and written together.

import { get, put } from "../api.js";
import { h, replace, useStyles } from "../dom.js";
import { busy, icon, toast } from "../ui.js";
import { restartNotice } from "./desk/restart.js";

export const title = "Settings";

const GROUPS = {
  vision: "Recognition", decision: "Decision", liveness: "Living faces", camera: "Cameras", webhook: "Webhooks", stream: "Live stream",
  hub: "Broadcast server", api: "API and dashboard", access: "Access", gallery: "Gallery", visitors: "Visitors", history: "History", attendance: "Attendance",
  records: "Records", compreface: "CompreFace", privacy: "Privacy", limits: "Limits", data: "Data", time: "Time", log: "Log",
};

export async function show(root, { params, signal, me }) {
  await useStyles("views/desk/desk.css");
  let told = await get("/settings", null, { signal });
  const changes = new Map();
  const notice = h("div");
  const list = h("div", { class: "stack" });
  const search = h("input", { type: "search", "aria-label": "Find a setting", placeholder: "Find a setting", value: params.find ?? "" });
  const onlySet = h("input", { type: "checkbox" });
  const count = h("p", { class: "muted small grow", role: "status" });
  const save = h("button", { type: "button", on: { click: () => busy(save, write) } }, "Save");
  const discard = h("button", { type: "button", class: "quiet", on: { click: () => (changes.clear(), draw()) } }, "Discard");
  const saveText = h("p", { class: "grow", role: "status" });
  const bar = h("div", { class: "save-bar", hidden: true }, saveText, discard, save);

  function draw() {
    replace(notice, told.problem && h("p", { class: "card problem" }, `The next start would fail: ${told.problem}`), restartNotice(told.settings.filter((one) => one.pending).map((one) => one.name), me));
    const wanted = search.value.trim().toLowerCase();
    const shown = told.settings.filter((one) => (!onlySet.checked || one.origin !== "default" || one.pending || changes.has(one.name)) && `${one.name} ${one.meaning} ${GROUPS[one.group] ?? one.group}`.toLowerCase().includes(wanted));
    const groups = Map.groupBy ? Map.groupBy(shown, (one) => one.group) : grouped(shown);
    replace(list, [...groups].map(([group, settings]) => h("section", { class: "card", "aria-labelledby": `group-${group}` }, h("h2", { id: `group-${group}` }, GROUPS[group] ?? group), settings.map((one) => row(one, changes, changed)))));
    count.textContent = shown.length === told.settings.length ? `${shown.length} settings` : `${shown.length} of ${told.settings.length}`;
    if (!shown.length) replace(list, h("p", { class: "card muted" }, "No setting like that."));
    changed();
  }

  function changed() {
    bar.hidden = !changes.size;
    saveText.classList.remove("problem");
    saveText.textContent = `${changes.size} ${changes.size === 1 ? "change" : "changes"}: ${[...changes.keys()].join(", ")}`;
  }

  async function write() {
    try {
      await put("/settings", { changes: Object.fromEntries(changes) });
    } catch (problem) {
      saveText.textContent = problem.message; // here, beside the changes it is about
      saveText.classList.add("problem");
      return;
    }
    changes.clear();
    told = await get("/settings", null, { signal });
    toast(`Written to ${told.file}.`, "good");
    draw();
    scrollTo({ top: 0, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }

  search.addEventListener("input", draw);
  onlySet.addEventListener("change", draw);
  const leaving = (event) => changes.size && event.preventDefault();
  addEventListener("beforeunload", leaving, { signal });
  const note = h("p", { class: "muted small" }, "Changes go to ", h("code", {}, told.file), " and count from the next start. What .env or the environment sets wins over the file.");
  replace(root, h("div", { class: "stack" }, notice, h("div", { class: "toolbar" }, search, h("label", { class: "choice" }, onlySet, "only what is set"), count), list, bar, note));
  draw();
}

function grouped(settings) {
  const groups = new Map();
  for (const one of settings) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
  return groups;
}

function row(setting, changes, changed) {
  const id = `setting-${setting.name}`;
  const input = inputFor(setting, id);
  const node = h("div", { class: "setting" });
  const reset = h("button", { type: "button", class: "icon-button", title: "Back to the default", "aria-label": `${setting.name}: back to the default`, on: { click: () => note(null) } }, icon("refresh"));
  const marks = h("div", { class: "setting-marks" });

  function note(value) {
    if (value === null) changes.set(setting.name, null);
    else if (value === setting.next && !setting.secret) changes.delete(setting.name);
    else changes.set(setting.name, value);
    draw();
    changed();
  }

  function draw() {
    const change = changes.get(setting.name);
    node.classList.toggle("changed", changes.has(setting.name));
    if (change !== undefined || !setting.secret) input.value = shownValue(setting, change);
    reset.hidden = !setting.changeable || change === null || setting.next === setting.default;
    replace(
      marks,
      setting.origin !== "default" && h("span", { class: "badge" }, setting.origin === "environment" ? "from the environment" : `from ${setting.origin}`),
      change === null && h("span", { class: "badge wait" }, "back to the default when saved"),
      setting.pending && !changes.has(setting.name) && h("span", { class: "badge wait" }, setting.secret ? "written, waits for the next start" : `in force until the next start: ${setting.value || "none"}`),
    );
  }

  input.addEventListener("change", () => note(input.value));
  replace(node, h("div", {}, h("label", { for: id }, h("code", {}, setting.name)), h("p", { id: `${id}-meaning` }, setting.meaning), setting.name === "VIDEO_SOURCE" && h("p", {}, h("a", { href: "#/cameras" }, "Cameras are tried, added and renamed on their own page.")), marks), h("div", { class: "field" }, h("div", { class: "setting-edit" }, input, reset), h("p", { class: "muted small", id: `${id}-range` }, range(setting))));
  draw();
  return node;
}

function inputFor(setting, id) {
  const common = { id, disabled: !setting.changeable, "aria-describedby": `${id}-meaning ${id}-range`, spellcheck: "false", autocomplete: "off" };
  if (setting.kind === "choice") return h("select", common, setting.choices.map((choice) => h("option", { value: choice }, choice)));
  if (setting.kind === "flag") return h("select", common, h("option", { value: "true" }, "yes"), h("option", { value: "false" }, "no"));
  if (setting.secret) return h("input", { type: "password", ...common, autocomplete: "new-password", placeholder: setting.value ? "set; type to replace it" : "not set" });
  if (["number", "whole"].includes(setting.kind) && !setting.auto) return h("input", { type: "number", ...common, min: setting.low, max: setting.high, step: setting.kind === "whole" ? 1 : "any" });
  return h("input", { type: "text", ...common, inputmode: setting.kind === "number" ? "text" : null });
}

function shownValue(setting, change) {
  if (change === null) return setting.secret ? "" : setting.default;
  return change ?? setting.next;
}

function range(setting) {
  if (!setting.changeable && ["default", "ostiary.toml"].includes(setting.origin)) return "Only an owner may change it.";
  if (!setting.changeable) return `Set in ${setting.origin === "environment" ? "the environment" : setting.origin}, which has the last word.`;
  const standard = setting.secret ? "" : `Default: ${setting.default === "" ? "none" : setting.kind === "flag" ? { true: "yes", false: "no" }[setting.default] : setting.default}.`;
  if (setting.low == null) return [setting.kind === "list" && "Several: comma-separated.", standard].filter(Boolean).join(" ");
  return `${setting.auto ? "auto, or " : ""}${number(setting.low)} to ${number(setting.high)}${setting.unit ? ` ${setting.unit}` : ""}. ${standard}`;
}

const number = (value) => (Math.abs(value) >= 1e5 || (value && Math.abs(value) < 1e-3) ? value.toExponential().replace("e+", "e") : String(value));
