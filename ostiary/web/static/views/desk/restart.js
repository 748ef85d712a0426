// What waits for the next start, and starting the door's program anew.

import { get, post } from "../../api.js";
import { h, replace } from "../../dom.js";
import { attempt, confirmBox, icon, toast } from "../../ui.js";

const EVERY_MS = 1000;
const PATIENCE_MS = 120000;

// `waiting`: what will change, as texts; nothing is shown where there is none.
export function restartNotice(waiting, me) {
  if (!waiting.length) return null;
  const button = me.may("admin") && h("button", { type: "button", on: { click: startAnew } }, icon("refresh"), "Start anew");
  return h("div", { class: "card notice", role: "status" }, icon("warn"), h("p", { class: "grow" }, h("strong", {}, "Waiting for the next start: "), waiting.join(", "), "."), button);
}

export async function startAnew() {
  const [before, told] = (await attempt(() => Promise.all([get("/system"), get("/settings")]))) ?? [];
  if (!before) return;
  const whole = before.roles.includes("detect");
  const text = whole ? "The door's program ends and begins again: for some seconds nobody is recognised, and open pages wait for it." : "Only the API's own program begins again. The one that looks through the cameras runs apart: start it anew too, where it runs.";
  if (!(await confirmBox({ title: "Start anew?", text, verb: "Start anew" })) || !(await attempt(() => post("/system/restart")))) return;
  const elsewhere = addressAfter(told.settings);
  const box = waitingBox(elsewhere);
  if (elsewhere) return;
  if (await isBack(before.started_at)) location.reload();
  else {
    box.remove();
    toast("It has not come back. See its log on the machine itself: a setting may keep it from starting.", "bad");
  }
}

// Where the page is found afterwards, if not here. Another address cannot be asked from here whether it answers.
function addressAfter(settings) {
  const after = Object.fromEntries(settings.map((one) => [one.name, one]));
  if (!["API_HOST", "API_PORT", "TLS_CERT"].some((name) => after[name]?.pending)) return null;
  const proxied = location.port !== (after.API_PORT.value === "80" ? "" : after.API_PORT.value);
  return proxied ? null : `${after.TLS_CERT?.next ? "https" : "http"}://${location.hostname}:${after.API_PORT.next}/`;
}

function waitingBox(elsewhere) {
  const dialog = h("dialog", { class: "box", "aria-label": "Starting anew", on: { cancel: (event) => event.preventDefault() } });
  replace(dialog, h("div", { class: "stack" }, h("h2", {}, "Starting anew…"), elsewhere ? h("p", {}, "In some seconds the door answers at its new address: ", h("a", { href: elsewhere }, elsewhere)) : [h("progress", { "aria-label": "Waiting for the program" }), h("p", { class: "muted" }, "This page comes back by itself.")]));
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

async function isBack(before) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    const answer = await fetch("/system", { cache: "no-store" }).catch(() => null); // whoever is asked to log in again is asked by the next page
    if (answer?.status === 401) return true;
    if (answer?.ok && (await answer.json()).started_at !== before) return true;
  }
  return false;
}
