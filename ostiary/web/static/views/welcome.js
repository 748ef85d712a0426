// Behind a one-time link: whoever was invited chooses a password and is in.

import { post } from "../api.js";
import { h, replace } from "../dom.js";
import { busy, emptyState, field, resultLine } from "../ui.js";

export const title = "Welcome";
const SHORTEST = 10;

export async function show(root, { params }) {
  if (!params.token) {
    return replace(root, emptyState({ name: "warn", title: "The link is incomplete", text: "Open the whole link from the log or from your invitation.", action: { label: "Log in", href: "#/login" } }));
  }
  const invited = params.name; // else whoever comes becomes the owner, under a name of their own
  const name = field({ name: "name", label: "Your name", value: invited, required: true, readonly: Boolean(invited), autocomplete: "username", maxlength: 64 });
  const password = field({ name: "password", label: "A password", type: "password", required: true, minlength: SHORTEST, autocomplete: "new-password", help: `${SHORTEST} characters or more; three or four words are good.` });
  const again = field({ name: "again", label: "The password again", type: "password", required: true, autocomplete: "new-password" });
  const result = resultLine();
  const go = h("button", { type: "submit" }, "Come in");
  const submit = (event) => {
    event.preventDefault();
    if (password.read() !== again.read()) return result.say("The two passwords differ.", true);
    busy(go, enter({ token: params.token, name: name.read(), password: password.read() }, result));
  };
  const intro = h("p", { class: "muted" }, invited ? "You were invited to this door. Choose the password that you log in with from now on." : "Become the owner of this door: choose how you log in from now on.");
  replace(root, h("form", { class: "card stack door", on: { submit } }, h("h2", {}, "Welcome to Ostiary"), intro, name.node, password.node, again.node, result.node, go));
  (invited ? password : name).input.focus();
}

async function enter(shown, result) {
  try {
    await post("/welcome", shown, { quiet: true });
  } catch (problem) {
    return result.say(problem.message, true);
  }
  document.dispatchEvent(new CustomEvent("entered"));
}
