// A small line over time: drawn as SVG, read out as words, looked at closely with pointer or arrow keys.

import { h, replace } from "../../dom.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDE, HIGH, PAD] = [300, 80, 3];
const TIME = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });

// `format` words a value; `low` and `high` bound the scale where the values do not go beyond. Values may be null.
export function plot({ label, at, values, format, low, high }) {
  const known = values.filter((value) => value != null);
  const told = h("p", { class: "plot-told muted small" });
  if (known.length < 2) return h("figure", { class: "plot" }, h("p", { class: "plot-none muted small" }, known.length ? "The line begins with the next sample." : "Not told by this machine."));
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const [bottom, top] = [Math.min(low ?? least, least), Math.max(high ?? most, most)];
  const x = (i) => PAD + ((WIDE - 2 * PAD) * (at[i] - at[0])) / (at.at(-1) - at[0] || 1);
  const y = (value) => HIGH - PAD - ((HIGH - 2 * PAD) * (value - bottom)) / (top - bottom || 1);
  const svg = element("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", role: "img", tabindex: 0, "aria-label": `${label}: now ${format(known.at(-1))}, lowest ${format(least)}, highest ${format(most)}` });
  const mark = element("line", { class: "plot-mark", y1: 0, y2: HIGH, visibility: "hidden" });
  svg.append(element("path", { class: "plot-line", d: path(values, x, y) }), mark);
  const rest = () => (mark.setAttribute("visibility", "hidden"), replace(told, h("span", {}, `${TIME.format(at[0])} – ${TIME.format(at.at(-1))}`), h("span", {}, `${format(least)} – ${format(most)}`)));
  let looked = values.length - 1;
  const look = (i) => {
    looked = Math.max(0, Math.min(values.length - 1, i));
    for (const name of ["x1", "x2"]) mark.setAttribute(name, x(looked));
    mark.setAttribute("visibility", "visible");
    replace(told, h("span", {}, TIME.format(at[looked])), h("span", {}, values[looked] == null ? "not known" : format(values[looked])));
  };
  svg.addEventListener("pointermove", (event) => look(nearest(at, at[0] + ((at.at(-1) - at[0]) * event.offsetX) / svg.clientWidth)));
  svg.addEventListener("pointerleave", rest);
  svg.addEventListener("blur", rest);
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) look(looked + step * Math.max(1, Math.round(values.length / 60)));
  });
  rest();
  return h("figure", { class: "plot" }, svg, told);
}

// One stroke for each run of known values.
function path(values, x, y) {
  let pen = false;
  return values.map((value, i) => {
    const command = value == null ? "" : `${pen ? "L" : "M"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = value != null;
    return command;
  }).join("");
}

function nearest(at, time) {
  let best = 0;
  for (let i = 1; i < at.length; i += 1) if (Math.abs(at[i] - time) < Math.abs(at[best] - time)) best = i;
  return best;
}

function element(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}
