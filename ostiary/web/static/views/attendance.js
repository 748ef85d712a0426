// Attendance: who was here in a day, a week or a month; one person's days; and what people say about them.

import { del, get, post, withQuery } from "../api.js";
import { h, replace, useStyles } from "../dom.js";
import { askBox, attempt, busy, dataTable, emptyState, icon, toast, when } from "../ui.js";

export const title = "Attendance";

const LENGTHS = [["day", "Day"], ["week", "Week"], ["month", "Month"]];
const STATES = { here: ["still here", "pass"], missing_in: ["coming is missing", "wait"], missing_out: ["going is missing", "wait"] };
const REFRESH_MS = 60000;

export async function show(root, { params, signal, me }) {
  await useStyles("views/attendance.css");
  const asked = { length: params.length ?? "month", day: params.day ?? "", person: params.person ?? "" };
  const label = h("h2", { class: "attendance-period", "aria-live": "polite" });
  const body = h("div", { class: "stack attendance-people" });
  const lengths = h("div", { class: "row attendance-lengths", role: "group", "aria-label": "Length" });
  const saves = h("div", { class: "row" });
  const step = (by, name) => h("button", { type: "button", class: "quiet attendance-step", "aria-label": name, title: name, on: { click: () => go({ day: moved(sheet, asked.length, by) }) } }, by < 0 ? "‹" : "›");
  const today = h("button", { type: "button", class: "quiet", on: { click: () => go({ day: "" }) } }, "Today");
  let sheet = null;

  function go(changed) {
    Object.assign(asked, changed);
    history.pushState(null, "", `#${withQuery("/attendance", asked)}`);
    return attempt(refresh);
  }

  async function refresh() {
    const found = await get("/attendance", asked, { signal });
    sheet = found;
    replace(label, periodName(found, asked.length));
    replace(lengths, LENGTHS.map(([name, text]) => h("button", { type: "button", class: name === asked.length ? null : "quiet", "aria-pressed": String(name === asked.length), on: { click: () => go({ length: name, day: asked.day || found.today }) } }, text)));
    today.disabled = found.from <= found.today && found.today <= found.to;
    replace(saves, ["csv", "xlsx"].map((kind) => h("a", { class: "button quiet", href: withQuery(`/attendance/export.${kind}`, asked), download: "" }, icon("download"), kind.toUpperCase())), h("a", { class: "button quiet", href: withQuery("/attendance/print", asked), target: "_blank", rel: "noopener" }, "Print"));
    replace(body, asked.person ? onePerson() : everybody(), corrections(), explained());
  }

  const everybody = () => {
    if (!sheet.people.length) return emptyState({ name: "attendance", title: "Nobody was seen", text: "Whoever is let in while the detector runs appears here." });
    const named = { label: "Person", cell: (person) => h("button", { type: "button", class: "link attendance-name", dir: "auto", on: { click: () => go({ person: person.name, length: asked.length === "day" ? "month" : asked.length, day: asked.day }) } }, person.display_name) };
    const columns = asked.length === "day" ? [named, ...dayColumns(({ days }) => days[0], sheet.two_way), correcting(({ name }) => name, ({ days }) => days[0])] : [named, ...totalColumns()];
    return h("section", { class: "card" }, dataTable({ caption: "People", columns: columns.filter(Boolean), rows: sheet.people }));
  };

  const onePerson = () => {
    const [person] = sheet.people;
    const back = h("button", { type: "button", class: "quiet", on: { click: () => go({ person: "" }) } }, "All people");
    const add = me.may("enrol") && h("button", { type: "button", class: "quiet", on: { click: (event) => correct(event.currentTarget, asked.person, null) } }, icon("plus"), "Add a coming or going");
    const head = h("div", { class: "toolbar" }, h("h3", { class: "grow attendance-who", dir: "auto" }, person?.display_name ?? asked.person, person?.group && h("span", { class: "muted" }, ` ${person.group}`)), add, back);
    if (!person) return h("section", { class: "card stack" }, head, h("p", { class: "muted" }, "Not seen in this time."));
    const first = { label: "Day", cell: (day) => dayName(day.day) };
    const columns = [first, ...dayColumns((day) => day, sheet.two_way), correcting(() => person.name, (day) => day)].filter(Boolean);
    return h("section", { class: "card stack" }, head, figures(person), dataTable({ caption: "Days", columns, rows: person.days }));
  };

  const correcting = (nameOf, dayOf) => me.may("enrol") && { label: "", class: "attendance-act", cell: (row) => h("button", { type: "button", class: "quiet", "aria-label": `Correct ${dayOf(row).day}`, on: { click: (event) => correct(event.currentTarget, nameOf(row), dayOf(row)) } }, icon("edit")) };

  async function correct(button, person, day) {
    const stamps = (day?.stays ?? []).flatMap((stay) => [["came", stay.came], ["went", stay.left]]).filter(([, stamp], at, all) => stamp && !stamp.correction && all.findIndex(([, other]) => other?.at === stamp.at) === at);
    const answer = await askBox({
      title: "Correct attendance", verb: "Save",
      text: "What the cameras saw stays in the history. This is kept beside it, with your name and the reason, and can be undone.",
      fields: [
        { name: "what", label: "What is to be said", type: "select", options: [["in", "came, at the time below"], ["out", "went, at the time below"], ...stamps.map(([what, stamp], at) => [`${at}`, `strike out: ${what} ${stamp.local.slice(11, 16)}${stamp.camera ? ` at ${stamp.camera}` : ""}`])] },
        { name: "date", label: "Date", type: "date", required: true, value: day?.day ?? sheet.today, max: sheet.today },
        { name: "time", label: "Time", type: "time", help: `By the door's clock (${sheet.zone}); not needed to strike out.` },
        { name: "reason", label: "Reason", required: true, maxlength: 500 },
      ],
    });
    if (!answer) return;
    const stamp = stamps[answer.what]?.[1];
    if (!stamp && !answer.time) return void toast("Say at what time it was.", "bad");
    const what = stamp ? { act: "strike", at: stamp.at, until: stamp.until } : { act: "add", way: answer.what, at: `${answer.date}T${answer.time}` };
    if (await busy(button, attempt(() => post("/attendance/corrections", { person, reason: answer.reason, ...what })))) await attempt(refresh);
  }

  const corrections = () => {
    if (!sheet.corrections.length) return null;
    const undo = (one) => me.may("enrol") && !one.undone_at && h("button", { type: "button", class: "quiet", on: { click: (event) => busy(event.currentTarget, attempt(async () => (await del(`/attendance/corrections/${one.id}`), refresh()))) } }, "Undo");
    const columns = [
      { label: "About", cell: (one) => h("span", {}, h("span", { dir: "auto" }, nameOf(one.person)), `, ${dayName(one.local.slice(0, 10))}`) },
      { label: "Correction", cell: (one) => h("span", { class: one.undone_at ? "attendance-undone" : null }, `${worded(one)}: `, h("span", { dir: "auto" }, one.reason)) },
      { label: "By", cell: (one) => `${one.made_by}, ${when(one.made_at)}${one.undone_at ? `; undone by ${one.undone_by}` : ""}` },
      { label: "", class: "attendance-act", cell: undo },
    ];
    return h("section", { class: "card stack" }, h("h3", {}, "Corrections"), dataTable({ caption: "Corrections", columns, rows: [...sheet.corrections].reverse() }));
  };

  const nameOf = (name) => sheet.people.find((person) => person.name === name)?.display_name ?? name;

  const explained = () => h("p", { class: "muted small" }, sheet.two_way ? "Paired by the cameras where people come and go." : "From the first sighting of a day to the last. Where one camera sees people come and another sees them go, ATTENDANCE_IN and ATTENDANCE_OUT pair them. ", ` Time zone ${sheet.zone}${sheet.day_start === "00:00" ? "" : `, days begin at ${sheet.day_start}`}.`);

  replace(root, h("div", { class: "toolbar" }, step(-1, "Earlier"), label, step(1, "Later"), today, h("span", { class: "grow" }), lengths), body, h("div", { class: "toolbar attendance-saves" }, saves));
  await refresh();
  const timer = setInterval(() => document.hidden || document.querySelector("dialog[open]") || body.contains(document.activeElement) || !today.disabled || attempt(refresh), REFRESH_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
}

function dayColumns(dayOf, twoWay) {
  return [
    { label: "Came", class: "number", cell: (row) => clock(dayOf(row).stays[0].came, dayOf(row).day) },
    { label: "Left", class: "number", cell: (row) => (dayOf(row).state === "here" && !dayOf(row).last_out ? "–" : clock(dayOf(row).stays.at(-1).left, dayOf(row).day)) },
    { label: "Breaks", class: "number", cell: (row) => (dayOf(row).breaks_s ? hours(dayOf(row).breaks_s) : "–") },
    { label: "Present", class: "number strong", cell: (row) => (dayOf(row).stays.some((stay) => stay.seconds != null) ? hours(dayOf(row).present_s) : "–") },
    { label: "Remarks", cell: (row) => remarks(dayOf(row), twoWay) },
  ];
}

// Without ways nobody knows who is still here: the day goes on.
function remarks(day, twoWay) {
  const [text, kind] = day.state === "here" && !twoWay ? ["so far", ""] : (STATES[day.state] ?? []);
  const stays = day.stays.length > 1 && day.stays.map((stay) => `${clock(stay.came, day.day)}–${clock(stay.left, day.day)}`).join(", ");
  if (!text && !stays && !day.corrections.length) return h("span", { class: "muted" }, "–");
  return h("span", { class: "row" }, text && h("span", { class: `badge ${kind}` }, text), day.corrections.length > 0 && h("span", { class: "badge" }, "corrected"), stays && h("span", { class: "muted small" }, stays));
}

const totalColumns = () => [
  { label: "Group", cell: (person) => h("span", { dir: "auto" }, person.group || "–") },
  { label: "Days", class: "number", cell: (person) => person.total.days },
  { label: "Present", class: "number strong", cell: (person) => hours(person.total.present_s) },
  { label: "Incomplete", class: "number", cell: (person) => (person.total.incomplete ? h("span", { class: "badge wait" }, person.total.incomplete) : "–") },
];

function figures(person) {
  const figure = (value, text) => h("li", {}, h("b", { class: "number" }, value), h("span", { class: "muted small" }, text));
  const weeks = person.weeks.length > 1 ? person.weeks.map((week) => figure(hours(week.present_s), `week ${Number(week.week.slice(-2))}`)) : [];
  return h("ul", { class: "attendance-figures" }, figure(hours(person.total.present_s), "present"), figure(person.total.days, person.total.days === 1 ? "day" : "days"), person.total.incomplete > 0 && figure(person.total.incomplete, "incomplete"), weeks);
}

// A stamp's time by the door's clock, and how many days after `day` that is.
function clock(stamp, day) {
  if (!stamp) return "?";
  const after = Math.round((date(stamp.local.slice(0, 10)) - date(day)) / 86400000);
  return stamp.local.slice(11, 16) + (after ? ` +${after}` : "");
}

function hours(seconds) {
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}

function worded({ act, way, local, at, until }) {
  return act === "strike" ? `seen at ${local.slice(11, 16)}${until - at > 60000 ? ` and ${hours((until - at) / 1000)} h on,` : ""} struck out` : `${way === "in" ? "came" : "went"} at ${local.slice(11, 16)}`;
}

const date = (text) => new Date(`${text}T00:00:00Z`); // days are days wherever the reader is
const text = (day) => day.toISOString().slice(0, 10);
const named = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
const DAY = named({ weekday: "short", day: "numeric", month: "short" });
const FULL_DAY = named({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const DATE = named({ day: "numeric", month: "short", year: "numeric" });
const MONTH = named({ month: "long", year: "numeric" });
const dayName = (day) => DAY.format(date(day));

function periodName(sheet, length) {
  if (length === "day") return FULL_DAY.format(date(sheet.from));
  return length === "month" ? MONTH.format(date(sheet.from)) : `${DATE.format(date(sheet.from))} to ${DATE.format(date(sheet.to))}`;
}

function moved(sheet, length, by) {
  const day = date(sheet.from);
  if (length === "month") day.setUTCMonth(day.getUTCMonth() + by);
  else day.setUTCDate(day.getUTCDate() + by * (length === "week" ? 7 : 1));
  return text(day);
}
