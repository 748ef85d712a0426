// Secrets on the screen: shown in a box that copies them.

import { h, replace } from "../../dom.js";
import { icon } from "../../ui.js";

// Resolves when the box is closed, to what `also` chose, if it did: nodes beside the button, made with a function that closes.
export function secretBox(heading, text, secret, { verb = "I have kept it", also = () => null } = {}) {
  return new Promise((resolve) => {
    let chosen;
    const code = h("code", { tabindex: 0 }, secret);
    const copy = copyButton(secret, code);
    const done = h("button", { type: "button", on: { click: () => dialog.close() } }, verb);
    const dialog = h("dialog", { class: "box", "aria-label": heading, on: { close: () => (dialog.remove(), resolve(chosen)) } });
    const choose = (what) => {
      chosen = what;
      dialog.close();
    };
    replace(dialog, h("div", { class: "stack" }, h("h2", {}, heading), h("p", {}, text), h("div", { class: "secret" }, code, copy), h("div", { class: "row end" }, also(choose), done)));
    document.body.append(dialog);
    dialog.showModal();
    copy.focus();
  });
}

// Copies `text`, or selects it in `shown` where the browser lets no page copy: without https, except on this machine itself.
export function copyButton(text, shown, label) {
  const button = h("button", { type: "button", class: "quiet", "aria-label": label, on: { click: () => copied(shown, text, button) } }, icon("copy"), "Copy");
  return button;
}

async function copied(shown, text, button) {
  try {
    await navigator.clipboard.writeText(text);
    replace(button, icon("check"), "Copied");
  } catch {
    getSelection().selectAllChildren(shown);
    replace(button, icon("copy"), "Selected: press Ctrl C");
  }
}
