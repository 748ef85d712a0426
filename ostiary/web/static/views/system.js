// System: machine and door, now and over the last hour or day; what is stored, and which models are there.

import { get } from "../api.js";
import { h, replace, useStyles } from "../dom.js";
import { ago, attempt, busy, dataTable, icon, when } from "../ui.js";
import { backupCard } from "./desk/backup.js";
import { plot } from "./desk/plot.js";
import { startAnew } from "./desk/restart.js";

export const title = "System";

const EVERY_MS = 10000;
const share = (value) => `${(value * 100).toFixed(0)} %`;
const degrees = (value) => `${value.toFixed(0)} °C`;
// Measure, label, how it is worded, the scale's ends, and from where on it is warm and hot.
const GAUGES = [
  ["cpu", "Processor", share, 0, 1, 0.8, 0.95],
  ["temperature_c", "Temperature", degrees, 20, 85, 70, 80],
  ["memory", "Memory in use", share, 0, 1, 0.85, 0.95],
  ["process_memory", "Memory of this program", bytes, 0, null],
  ["fps", "Pictures a second", (value) => value.toFixed(1), 0, null],
  ["latency_ms", "From picture to decision", (value) => `${value.toFixed(0)} ms`, 0, null, 500, 1000],
  ["load", "Load", (value) => value.toFixed(2), 0, null],
  ["disk_free", "Disk space left", bytes, 0, null],
];
const COUNTERS = [
  ["processed", "pictures searched for faces"], ["rested", "not searched, since nothing moved"], ["skipped", "passed over to keep MAX_FPS"], ["stale", "too old when their turn came"], ["passes", "people let in"],
];

export async function show(root, { signal, me }) {
  await useStyles("views/desk/desk.css");
  let span = "hour";
  const health = h("div");
  const gauges = h("ul", { class: "desk-cards" });
  const facts = h("div", { class: "desk-cards" });
  const backup = h("div");
  const spans = [["hour", "Last hour"], ["day", "Last day"]].map(([name, label]) => h("button", { type: "button", dataset: { span: name }, on: { click: () => choose(name) } }, label));

  async function choose(name) {
    span = name;
    for (const button of spans) button.setAttribute("aria-pressed", String(button.dataset.span === name)), button.classList.toggle("quiet", button.dataset.span !== name);
    await attempt(refresh);
  }

  async function refresh() {
    const [told, series] = await Promise.all([get("/system", null, { signal }), get("/system/samples", { span }, { signal })]);
    replace(health, [...told.problems.map((text) => ["problem", text]), ...told.warnings.map((text) => ["", text])].map(([kind, text]) => h("p", { class: `card ${kind}` }, text)));
    if (!gauges.contains(document.activeElement)) replace(gauges, GAUGES.filter(([name]) => told.now[name] != null || series[name].some((value) => value != null)).map((gauge) => drawn(gauge, told.now, series)));
    if (told.backup && !backup.childElementCount) replace(backup, backupCard(me));
    replace(facts, machine(told), counters(told), stored(told), versions(told));
  }

  const restart = me.may("admin") && h("button", { type: "button", class: "quiet", on: { click: startAnew } }, icon("refresh"), "Start anew");
  replace(root, h("div", { class: "stack" }, health, h("div", { class: "toolbar" }, h("div", { class: "row grow", role: "group", "aria-label": "Time shown" }, spans), restart), h("h2", { class: "unseen" }, "Over time"), gauges, h("h2", { class: "unseen" }, "In detail"), facts, modelFiles(), backup));
  const timer = setInterval(() => document.hidden || refresh().catch(() => {}), EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
  await choose(span);
}

function drawn([name, label, format, low, high, warm = Infinity, hot = Infinity], now, series) {
  const value = now[name];
  const tone = value >= hot ? "hot" : value >= warm ? "warm" : null;
  return h("li", { class: "card gauge" }, h("h3", {}, label), h("strong", { class: tone }, value == null ? "–" : format(value)), plot({ label, at: series.at, values: series[name], format, low, high }));
}

function machine({ machine: told, roles, started_at: startedAt, now }) {
  return section("This machine", [
    ["Board", told.model],
    told.cores && ["Cores", told.cores],
    told.memory && ["Memory", bytes(told.memory)],
    told.disk && ["Disk", `${bytes(told.disk)}, ${bytes(now.disk_free)} free`],
    told.uptime_s && ["Up since", when(Date.now() - told.uptime_s * 1000)],
    ["Program started", `${when(startedAt)}, ${ago(startedAt)}`],
    roles.length && ["Runs here", roles.map((role) => ({ api: "API and dashboard", detect: "cameras", ws: "broadcast server" })[role] ?? role).join(", ")],
  ]);
}

function counters({ pipeline, webhooks, losses }) {
  return section("Since the start", [
    ...(pipeline ? COUNTERS.map(([name, label]) => [label, pipeline[name]]) : [["pictures", "looked at by another program"]]),
    ...(webhooks ? [["webhooks delivered", webhooks.delivered], ["webhooks too late", webhooks.expired], ["webhooks failed", webhooks.failed]] : []),
    ...losses.map(({ name, lost }) => [`dropped: ${name}`, lost]),
  ]);
}

function stored({ stored: parts }) {
  return section("On disk", parts.length ? parts.map(({ name, size }) => [name, bytes(size)]) : [["Nothing", "yet"]]);
}

function versions({ versions: told }) {
  return section("Versions", Object.entries(told));
}

function section(heading, facts) {
  return h("section", { class: "card" }, h("h3", {}, heading), h("dl", { class: "facts" }, facts.filter(Boolean).map(([name, value]) => [h("dt", {}, name), h("dd", {}, String(value))])));
}

function modelFiles() {
  const place = h("div");
  const check = h("button", { type: "button", class: "quiet" }, icon("check"), "Check the files");
  check.addEventListener("click", () => busy(check, () => attempt(async () => {
    const models = await get("/system/models");
    const states = { ready: ["good", "ready, SHA-256 right"], available: ["wait", "at hand, converted at first use"], missing: ["", "fetched at first use"] };
    replace(place, dataTable({
      caption: "Model files",
      rows: models,
      columns: [
        { label: "Network", cell: (one) => one.name },
        { label: "State", cell: (one) => h("span", { class: `badge ${states[one.state]?.[0] ?? "bad"}` }, states[one.state]?.[1] ?? one.state) },
        { label: "Size", class: "number", cell: (one) => bytes(one.size) },
        { label: "Licence", cell: (one) => one.licence },
        { label: "Origin", cell: (one) => one.origin },
      ],
    }));
  })));
  return h("section", { class: "card stack" }, h("div", { class: "row" }, h("h3", { class: "grow" }, "Model files"), check), place);
}

function bytes(value) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let i = 0;
  for (; value >= 1000 && i < units.length - 1; i += 1) value /= 1000;
  return `${value < 10 && i ? value.toFixed(1) : value.toFixed(0)} ${units[i]}`;
}
