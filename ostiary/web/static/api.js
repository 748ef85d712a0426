// Requests to the API. Where it asks for a key, the page asks the person, once, and keeps the answer for this tab.

const KEY = "ostiary-api-key";
let asking = null;

export class Problem extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export async function call(method, path, form) {
  for (;;) {
    const key = sessionStorage.getItem(KEY);
    const response = await send(method, path, form, key);
    if (response.status !== 401) return answerOf(response);
    // Another request may have brought a newer key meanwhile; then that one is tried first.
    if (key === sessionStorage.getItem(KEY)) await askForKey(key !== null);
  }
}

async function send(method, path, form, key) {
  try {
    return await fetch(path, { method, body: form, headers: key ? { "x-api-key": key } : {}, cache: "no-store" });
  } catch {
    throw new Problem("unreachable", "The API does not answer. Is it running?");
  }
}

async function answerOf(response) {
  const content = await response.json().catch(() => null);
  if (response.ok && content !== null) return content;
  throw new Problem(content?.error ?? "unreadable", content?.message ?? `The API answered ${response.status}.`);
}

function askForKey(wasWrong) {
  asking ??= new Promise((resolve) => {
    const dialog = document.getElementById("key-dialog");
    const input = document.getElementById("key");
    if (wasWrong) document.getElementById("key-hint").textContent = "That key was not accepted. Try again.";
    input.value = "";
    dialog.oncancel = (event) => event.preventDefault();
    dialog.onclose = () => {
      if (!input.value) return dialog.showModal(); // some browsers close on a second Escape all the same
      // A header takes bytes: the key's UTF-8, one character each.
      sessionStorage.setItem(KEY, String.fromCharCode(...new TextEncoder().encode(input.value)));
      asking = null;
      resolve();
    };
    dialog.showModal();
  });
  return asking;
}
