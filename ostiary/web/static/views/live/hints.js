// What to do first, the most important alone: nobody enrolled, no camera, only the demo, no owner. Some can be put away.

import { get, post, put } from "../../api.js";
import { h } from "../../dom.js";
import { attempt, busy, icon, toast } from "../../ui.js";

const DOWN_MS = 6000; // by then a program that starts anew has stopped answering, or has come back
const PATIENCE_MS = 90000;

const HINTS = {
  nobody: {
    title: "Nobody is enrolled yet",
    text: "Everybody who comes by is a stranger until you add somebody: a few photos of a face are enough.",
    actions: (me) => [me.may("enrol") && go("Add the first person", "#/people?add=1")],
  },
  camera: {
    title: "No camera answers",
    text: "See why under Cameras, or watch the demo meanwhile: a resident who is let in, a stranger who is not.",
    actions: (me) => [go("Cameras", "#/cameras"), me.may("admin") && demoButton()],
  },
  demo: {
    title: "You are watching the demo",
    text: "A resident who is let in, a stranger who is not, and a gate that is pretended. Its people are kept apart from yours.",
    actions: (me) => [me.may("admin") && go("Add your camera", "#/cameras")],
    once: true,
  },
  open: {
    title: "This door has no owner yet",
    text: "Whoever sits at this machine may change everything. The log of the program has a link by which you become the owner.",
    actions: () => [],
    once: true,
  },
};

// Puts the hint of that name among those in `place`, unless it was put away before.
export function add(place, name, me) {
  const box = hint(name, me);
  const rank = (one) => Object.keys(HINTS).indexOf(one);
  if (box) place.insertBefore(box, [...place.children].find((other) => rank(other.dataset.hint) > rank(name)) ?? null);
}

function hint(name, me) {
  const { title, text, actions, once } = HINTS[name];
  const kept = `ostiary-hint-${name}`;
  if (once && localStorage.getItem(kept)) return null;
  const away = () => {
    localStorage.setItem(kept, "away");
    box.remove();
  };
  const close = once && h("button", { type: "button", class: "icon-button", "aria-label": `Put away: ${title}`, on: { click: away } }, icon("close"));
  const box = h("aside", { class: "card hint", "aria-label": title, dataset: { hint: name } }, h("div", { class: "grow" }, h("h2", {}, title), h("p", { class: "muted" }, text)), h("div", { class: "row" }, actions(me).filter(Boolean), close));
  return box;
}

const go = (label, href) => h("a", { class: "button", href }, label);

function demoButton() {
  const button = h("button", { type: "button", class: "quiet", on: { click: () => attempt(() => busy(button, playDemo())) } }, "Try the demo");
  return button;
}

async function playDemo() {
  await put("/settings", { changes: { VIDEO_SOURCE: "demo" } });
  await post("/system/restart");
  toast("The programs start anew with the demo…");
  const until = performance.now() + PATIENCE_MS;
  await new Promise((resolve) => setTimeout(resolve, DOWN_MS));
  while (performance.now() < until) {
    try {
      await get("/me");
      return location.reload();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
  throw new Error("The programs did not come back: look at their log.");
}
