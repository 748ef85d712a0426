// The way in: a name and a password, or an API key.

import { post } from "../api.js";
import { h, replace } from "../dom.js";
import { busy, field, resultLine } from "../ui.js";

export const title = "Log in";

export async function show(root) {
  let byKey = sessionStorage.getItem("ostiary-way-in") === "key";
  const draw = () => {
    const fields = byKey
      ? [field({ name: "key", label: "API key", type: "password", required: true, autocomplete: "current-password", help: "The key from the settings (API_KEY), or one that was made for you." })]
      : [
          field({ name: "name", label: "Name", required: true, autocomplete: "username", autocapitalize: "none" }),
          field({ name: "password", label: "Password", type: "password", required: true, autocomplete: "current-password" }),
        ];
    const result = resultLine();
    const go = h("button", { type: "submit" }, "Log in");
    const other = h("button", { type: "button", class: "link", on: { click: () => ((byKey = !byKey), draw()) } }, byKey ? "Log in with a name and a password" : "Log in with an API key");
    const submit = (event) => {
      event.preventDefault();
      busy(go, enter(Object.fromEntries(fields.map((one) => [one.name, one.read()])), result));
    };
    replace(root, h("form", { class: "card stack door", on: { submit } }, h("h2", {}, "Log in"), fields.map((one) => one.node), result.node, go, other));
    fields[0].input.focus();
  };
  draw();
}

async function enter(shown, result) {
  result.say("");
  try {
    await post("/session", shown, { quiet: true });
  } catch (problem) {
    return result.say("key" in shown && problem.status === 401 ? "That key was not accepted. Try again." : problem.message, true);
  }
  sessionStorage.setItem("ostiary-way-in", "key" in shown ? "key" : "password");
  document.dispatchEvent(new CustomEvent("entered"));
}
