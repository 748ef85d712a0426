// The parts that views are made of: messages, boxes that ask, tables, badges, times.

import { drawing, h, replace } from "./dom.js";
import { REASONS, STATUSES, tone, verdict } from "./words.js";

const ICONS = {
  live: "M3 7h11v10H3zM14 11l7-4v10l-7-4",
  people: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8M2 21c0-4 3-7 7-7s7 3 7 7M16 4a4 4 0 0 1 0 7M18 14c3 1 4 4 4 7",
  visitors: "M10 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8M3 21c0-4 3-7 7-7 1 0 2 0 3 1M17 14a2.5 2.5 0 1 1 3 2.5c-.7.3-1 .8-1 1.5M19 21v.1",
  events: "M8 6h13M8 12h13M8 18h13M3 6h.1M3 12h.1M3 18h.1",
  attendance: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3 3",
  cameras: "M3 8h4l2-3h6l2 3h4v11H3zM12 10a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7",
  proof: "M3 3v18h18M6 17c4 0 4-9 8-9 3 0 3-3 6-3",
  compreface: "M4 4h16v16H4zM9 9.5h.1M15 9.5h.1M8.5 14.5c2 2 5 2 7 0M12 1v3M12 20v3",
  access: "M8 12a4 4 0 1 0 0 8 4 4 0 0 0 0-8M11 13l9-9M16 8l3 3M13 11l2 2",
  settings: "M4 6h9M17 6h3M15 4v4M4 12h3M11 12h9M9 10v4M4 18h9M17 18h3M15 16v4",
  system: "M6 6h12v12H6zM10 10h4v4h-4zM9 2v4M15 2v4M9 18v4M15 18v4M2 9h4M2 15h4M18 9h4M18 15h4",
  test: "M3 8V3h5M16 3h5v5M21 16v5h-5M8 21H3v-5M9 10h.1M15 10h.1M9 15c2 1.5 4 1.5 6 0",
  api: "M8 4C4 4 7 12 3 12c4 0 1 8 5 8M16 4c4 0 1 8 5 8-4 0-1 8-5 8",
  more: "M5 12h.1M12 12h.1M19 12h.1",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5 19 19M19 5l-1.5 1.5M6.5 17.5 5 19",
  moon: "M20 14A8 8 0 1 1 10 4a6.5 6.5 0 0 0 10 10",
  auto: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 3v18M15 5v14M18 7v10",
  wall: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  out: "M10 4H4v16h6M15 8l4 4-4 4M19 12H9",
  close: "M5 5l14 14M19 5 5 19",
  plus: "M12 4v16M4 12h16",
  check: "M4 12l6 6L20 6",
  warn: "M12 3 2 20h20zM12 10v4M12 17h.1",
  upload: "M12 16V4M7 9l5-5 5 5M4 16v4h16v-4",
  download: "M12 4v12M7 11l5 5 5-5M4 16v4h16v-4",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  edit: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  search: "M10 4a6 6 0 1 0 0 12 6 6 0 0 0 0-12M15 15l5 5",
  refresh: "M20 11a8 8 0 0 0-14-5L3 9M3 4v5h5M4 13a8 8 0 0 0 14 5l3-3M21 20v-5h-5",
  copy: "M9 9h11v11H9zM15 9V4H4v11h5",
};

export const icon = (name) => drawing(ICONS[name] ?? ICONS.more);

// Says something for a moment. `kind`: info, good or bad; what is bad stays until it is read and closed.
export function toast(text, kind = "info") {
  const close = h("button", { type: "button", class: "icon-button", "aria-label": "Close this message", on: { click: () => box.remove() } }, icon("close"));
  const box = h("div", { class: `toast ${kind}` }, h("p", {}, text), close);
  const place = document.getElementById("toasts");
  place.append(box);
  while (place.children.length > 4) place.firstElementChild.remove();
  if (kind !== "bad") setTimeout(() => box.remove(), 6000);
}

// Runs `work` and says what went wrong, where it did; resolves to what it gave, or undefined.
export async function attempt(work) {
  try {
    return await work();
  } catch (problem) {
    if (problem.name === "AbortError" || problem.status === 401) return undefined;
    toast(problem.message, "bad");
    if (!("code" in problem)) console.error(problem);
    return undefined;
  }
}

// Keeps `button` from being pressed again until `promise` (or what a function returns) has settled.
export async function busy(button, promise) {
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    return await (typeof promise === "function" ? promise() : promise);
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}

export async function confirmBox({ title, text, verb = "Continue", danger = false }) {
  return (await box({ title, text, verb, danger })) !== null;
}

// Asks for `fields`: {name, label, type, value, required, options, help}; resolves to {name: value}, or null when left.
// Types are those of inputs, and textarea, select (`options`: texts, or [value, label]) and checkbox (a boolean).
export function askBox({ title, text, fields, verb = "Save", danger = false }) {
  return box({ title, text, verb, danger, fields });
}

function box({ title, text, verb, danger, fields = [] }) {
  return new Promise((resolve) => {
    const made = fields.map(field);
    const cancel = h("button", { type: "button", class: "quiet", on: { click: () => dialog.close() } }, "Cancel");
    const go = h("button", { type: "submit", class: danger ? "danger" : null }, verb);
    const form = h("form", { method: "dialog", class: "stack", on: { submit } }, h("h2", {}, title), text && h("p", {}, text), made.map((one) => one.node), h("div", { class: "row end" }, cancel, go));
    const dialog = h("dialog", { class: "box", "aria-label": title, on: { close: () => (dialog.remove(), resolve(result)) } }, form);
    let result = null;
    function submit(event) {
      event.preventDefault();
      result = Object.fromEntries(made.map((one) => [one.name, one.read()]));
      dialog.close();
    }
    document.body.append(dialog);
    dialog.showModal();
    (made[0]?.input ?? (danger ? cancel : go)).focus();
  });
}

let fieldCount = 0;

// One labelled field: {node, input, name, read()}; a view may use it in its own forms.
export function field({ name, label, type = "text", value, required = false, options = [], help, ...rest }) {
  const id = `field-${(fieldCount += 1)}`;
  const common = { id, name, required, "aria-describedby": help ? `${id}-help` : null, ...rest };
  const hint = help && h("p", { id: `${id}-help`, class: "muted small" }, help);
  if (type === "checkbox") {
    const input = h("input", { type, ...common, checked: Boolean(value) });
    return { node: h("div", { class: "field" }, h("label", { class: "choice", for: id }, input, label), hint), input, name, read: () => input.checked };
  }
  let input;
  if (type === "select") {
    const choices = options.map((option) => (Array.isArray(option) ? option : [option, option]));
    input = h("select", common, choices.map(([key, text]) => h("option", { value: key, selected: key === value }, text)));
  } else if (type === "textarea") input = h("textarea", { rows: 4, ...common, value: value ?? "" });
  else input = h("input", { type, autocomplete: "off", dir: type === "text" ? "auto" : null, ...common, value: type === "file" ? null : (value ?? "") });
  const read = () => (type === "file" ? input.files : type === "number" && input.value !== "" ? Number(input.value) : input.value);
  return { node: h("div", { class: "field" }, h("label", { for: id }, label), input, hint), input, name, read };
}

// `columns`: {label, cell(row) -> node or text, class}. On a phone each row becomes a small card with the labels beside.
export function dataTable({ columns, rows, empty = "Nothing here yet.", caption }) {
  if (!rows.length) return typeof empty === "string" ? h("p", { class: "muted" }, empty) : empty;
  const head = h("tr", {}, columns.map((column) => h("th", { scope: "col", class: column.class }, column.label)));
  const line = (row) => h("tr", {}, columns.map((column) => h("td", { dataset: { label: column.label }, class: column.class }, column.cell(row))));
  return h("div", { class: "table-frame" }, h("table", { class: "table" }, caption && h("caption", { class: "unseen" }, caption), h("thead", {}, head), h("tbody", {}, rows.map(line))));
}

export function badge(status, reason) {
  const text = status === "REJECT" ? (REASONS[reason]?.replace(/[:…].*/, "") ?? STATUSES.REJECT) : (STATUSES[status] ?? status);
  return h("span", { class: `badge ${tone(status, reason)}` }, text);
}

// `action`: a node, or {label, href} or {label, click}.
export function emptyState({ title, text, action, name }) {
  const actions = [action].flat().filter(Boolean).map((one) => {
    if (one instanceof Node) return one;
    return one.href ? h("a", { class: "button", href: one.href }, one.label) : h("button", { type: "button", on: { click: one.click } }, one.label);
  });
  return h("div", { class: "empty" }, name && icon(name), h("h2", {}, title), text && h("p", { class: "muted" }, text), actions.length > 0 && h("div", { class: "row center" }, actions));
}

const TIME = new Intl.DateTimeFormat([], { timeStyle: "medium" });
const DAY_AND_TIME = new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "medium" });
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

// The local time of `ms` since 1970; with its day where that is not today.
export function when(ms) {
  const date = new Date(ms);
  return (date.toDateString() === new Date().toDateString() ? TIME : DAY_AND_TIME).format(date);
}

// "3 minutes ago".
export function ago(ms) {
  const seconds = (ms - Date.now()) / 1000;
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) if (Math.abs(seconds) >= size) return RELATIVE.format(Math.round(seconds / size), unit);
  return Math.abs(seconds) < 10 ? "just now" : RELATIVE.format(Math.round(seconds), "second");
}

// Has the browser save what the API answers at `path`.
export function download(path) {
  const link = h("a", { href: path, download: "" });
  document.body.append(link);
  link.click();
  link.remove();
}

// A place for results that screen readers announce: say(text, isProblem).
export function resultLine(attributes = {}) {
  const node = h("p", { role: "status", class: "result", ...attributes });
  return {
    node,
    say(text, isProblem = false) {
      replace(node, text);
      node.classList.toggle("problem", isProblem);
    },
  };
}

const INK = { pass: "#35d07f", wait: "#ffc233", reject: "#ff6b60" }; // on pictures, whatever the theme

// Draws a box and a label for each of `faces` on `canvas`, which lies over `image` (object-fit: contain) and is as large.
export function paintFaces(canvas, image, faces) {
  const scale = devicePixelRatio || 1;
  const [width, height] = [Math.round(canvas.clientWidth * scale), Math.round(canvas.clientHeight * scale)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, width, height);
  if (!image.naturalWidth) return;
  const zoom = Math.min(width / image.naturalWidth, height / image.naturalHeight);
  const [left, top] = [(width - image.naturalWidth * zoom) / 2, (height - image.naturalHeight * zoom) / 2];
  for (const face of [...faces].reverse()) paintFace(pen, face, face.box.map((edge, i) => edge * zoom + (i % 2 ? top : left)), scale);
}

function paintFace(pen, face, [x1, y1, x2, y2], scale) {
  const ink = INK[tone(face.status, face.reason)] ?? INK.wait;
  pen.lineWidth = 2.5 * scale;
  pen.strokeStyle = ink;
  pen.strokeRect(x1, y1, x2 - x1, y2 - y1);
  pen.font = `600 ${13 * scale}px system-ui, sans-serif`;
  const text = [verdict(face), face.distance?.toFixed(2), face.liveness != null ? `live ${face.liveness.toFixed(2)}` : ""].filter(Boolean).join(" · ");
  const high = 20 * scale;
  const wide = pen.measureText(text).width + 10 * scale;
  const x = Math.max(0, Math.min(x1 - pen.lineWidth / 2, pen.canvas.width - wide));
  const y = y1 - high >= 0 ? y1 - high : Math.min(y2, pen.canvas.height - high);
  pen.fillStyle = ink;
  pen.fillRect(x, y, wide, high);
  pen.fillStyle = "#0b0f12";
  pen.textBaseline = "middle";
  pen.fillText(text, x + 5 * scale, y + high / 2);
}
