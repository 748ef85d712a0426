// How many came each day, as bars: let in, refused, unknown. A table says the same to who cannot see them.

import { h } from "../../dom.js";

const SERIES = [["passes", "let in", "pass"], ["rejects", "refused", "reject"], ["visitors", "unknown", "wait"]];
const HIGH = 84;
const DAY = new Intl.DateTimeFormat([], { day: "numeric", month: "short" });

export function chart(counts) {
  const most = Math.max(1, ...counts.map((one) => SERIES.reduce((sum, [name]) => sum + one[name], 0)));
  if (!counts.some((one) => SERIES.some(([name]) => one[name]))) return null;
  const bar = (one) => {
    const words = SERIES.filter(([name]) => one[name]).map(([name, label]) => `${one[name]} ${label}`).join(", ");
    return h("li", { title: `${DAY.format(one.at)}: ${words || "nobody"}` }, h("span", { class: "unseen" }, `${DAY.format(one.at)}: ${words || "nobody"}`), SERIES.map(([name, , tone]) => h("i", { class: tone, style: { height: `${(one[name] / most) * HIGH}px` } })));
  };
  const legend = SERIES.map(([, label, tone]) => h("span", { class: "row legend" }, h("i", { class: tone }), label));
  const ends = [counts[0], counts.at(-1)].map((one) => h("span", {}, DAY.format(one.at)));
  return h("figure", { class: "card days" }, h("figcaption", { class: "row small muted" }, h("span", { class: "grow" }, "Each day"), legend), h("ul", {}, counts.map(bar)), h("div", { class: "days-ends small muted", "aria-hidden": "true" }, ends));
}
