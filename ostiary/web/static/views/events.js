// Events: who came, when, and why the door opened or did not; filtered, followed live, corrected and exported.

import { get, withQuery } from "../api.js";
import { h, replace, useStyles } from "../dom.js";
import { attempt, download, emptyState, field, icon } from "../ui.js";
import { eventCard } from "./events/card.js";
import { chart } from "./events/chart.js";
import { CAME, KINDS, reasonsOf } from "./events/words.js";

export const title = "Events";
const FOLLOW_MS = 3000;
const TYPING_MS = 300;
const PAGE = 50;
const FORMATS = [["csv", "CSV"], ["xlsx", "Excel"], ["json", "JSON"]];

export async function show(root, { params, signal, me }) {
  await useStyles("views/events.css");
  const filters = filterForm(params, () => attempt(load));
  const status = h("p", { class: "muted grow", role: "status", id: "events-count" });
  const fresh = h("button", { type: "button", hidden: true, on: { click: () => attempt(load) } });
  const exports = h("div", { class: "row", role: "group", "aria-label": "Export what is listed" }, FORMATS.map(([ending, label]) => h("button", { type: "button", class: "quiet", on: { click: () => download(withQuery(`/events/export.${ending}`, filters.read())) } }, icon("download"), label)));
  const plot = h("div", {});
  const list = h("ol", { class: "event-list", id: "event-list" });
  const more = h("button", { type: "button", class: "quiet", hidden: true, on: { click: () => attempt(older) } }, "Show earlier ones");
  const only = params.name && h("p", { class: "row" }, "Only about ", h("b", { dir: "auto" }, params.name), h("a", { href: "#/events" }, "show everybody"));
  replace(root, only, filters.node, h("div", { class: "toolbar" }, status, fresh, exports), plot, list, h("div", { class: "row center" }, more));
  let page = { older: null, last_seq: 0 };
  let shown = 0;

  async function load() {
    const asked = filters.read();
    page = await get("/events", { ...asked, limit: PAGE }, { signal });
    shown = page.events.length;
    replace(list, page.events.map(card));
    fresh.hidden = true;
    tell(asked);
    replace(plot, chart((await get("/events/summary", { ...asked, by: "day" }, { signal })).counts));
  }

  async function older() {
    const earlier = await get("/events", { ...filters.read(), limit: PAGE, before: page.older }, { signal });
    page.older = earlier.older;
    shown += earlier.events.length;
    const first = earlier.events.length ? card(earlier.events[0]) : null;
    list.append(...[first, ...earlier.events.slice(1).map(card)].filter(Boolean));
    first?.querySelector("summary")?.focus();
    tell(filters.read());
  }

  function tell(asked) {
    const filtered = Object.entries(asked).some(([name, value]) => value && !(name === "kind" && value === CAME));
    more.hidden = !page.older;
    status.textContent = shown ? `${page.older ? "the latest " : ""}${shown} ${shown === 1 ? "event" : "events"}` : "";
    if (!shown) replace(list, h("li", {}, filtered ? h("p", { class: "muted" }, "Nothing like that happened.") : emptyState({ name: "events", title: "Nothing happened yet", text: "Whoever comes by the camera appears here, with a picture and the reason of each decision." })));
  }

  function card(event) {
    return eventCard(event, { may: me.may("enrol"), admin: me.may("admin"), changed: () => attempt(load) });
  }

  // New events join at the top while the reader is there; else a button says how many wait.
  async function follow() {
    const asked = filters.read();
    if (document.hidden || document.querySelector("dialog[open]") || asked.end) return;
    const news = await get("/events", { ...asked, since: page.last_seq, limit: PAGE }, { signal });
    if (!news.events.length) return void (page.last_seq = news.last_seq);
    if (window.scrollY > 200 || list.querySelector("details[open]")) {
      fresh.hidden = false;
      fresh.textContent = `${news.events.length}${news.older ? "+" : ""} new`;
      return;
    }
    page.last_seq = news.last_seq;
    if (!shown) replace(list);
    shown += news.events.length;
    list.prepend(...news.events.map(card));
    tell(asked);
  }

  const timer = setInterval(() => follow().catch(() => {}), FOLLOW_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
  await load();
}

// The filters, kept in the address's parameters while the view is shown.
function filterForm(params, changed) {
  const known = (options) => [["", "all"], ...options];
  const kind = field({ name: "kind", label: "What", type: "select", options: KINDS, value: params.kind ?? CAME });
  const reason = field({ name: "reason", label: "Why", type: "select", options: known(reasonsOf(params.kind ?? CAME)), value: params.reason ?? "" });
  const text = field({ name: "text", label: "Find", type: "search", placeholder: "name, camera, words", value: params.text ?? "" });
  const start = field({ name: "start", label: "From", type: "date", value: params.start ?? "" });
  const end = field({ name: "end", label: "Until", type: "date", value: params.end ?? "" });
  const fields = [text, kind, reason, start, end];
  kind.input.addEventListener("change", () => replace(reason.input, known(reasonsOf(kind.input.value)).map(([value, label]) => h("option", { value }, label))));
  let typing = null;
  const node = h("form", { class: "card filters", "aria-label": "Filter", on: { submit: (event) => event.preventDefault(), input: () => (clearTimeout(typing), (typing = setTimeout(changed, TYPING_MS))) } }, fields.map((one) => one.node));
  const read = () => ({ ...(params.name && { name: params.name }), ...Object.fromEntries(fields.map((one) => [one.name, one.read().trim()])) });
  return { node, read };
}
