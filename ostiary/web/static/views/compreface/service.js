// A service of CompreFace's API, asked with its key. The key is kept in this page's memory alone and never part of an address.

import { Problem, withQuery } from "../../api.js";

export const KINDS = {
  recognition: { label: "Recognition", does: "who is in a picture, of those that were added", path: "/api/v1/recognition/recognize", parts: ["file"] },
  detection: { label: "Detection", does: "where faces are, and what they look like", path: "/api/v1/detection/detect", parts: ["file"] },
  verification: { label: "Verification", does: "whether two pictures show one person", path: "/api/v1/verification/verify", parts: ["source_image", "target_image"] },
};
export const KEY = /^\s*[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\s*$/i;
export const NO_FACE = 28; // the API's own numbers
const WRONG_KEY = 10;

// What the dashboard hands over to the demo: {kind, key, name, door}, or null. Gone with the page.
export let handed = null;
export function handOver(service) {
  handed = service;
}
document.addEventListener("entered", () => handOver(null)); // somebody logged in: it may be somebody else

export class Service {
  // `door`: whether its people are the door's own; null where nobody said.
  constructor({ kind, key, name = "", door = null }) {
    Object.assign(this, { kind, key: key.trim(), name, door });
  }

  get title() {
    return this.name || `A ${this.kind} service`;
  }

  // What adding or deleting somebody means at the door: one of three texts.
  atDoor(sure, perhaps, not) {
    return this.door ? sure : this.door === null ? perhaps : not;
  }

  // What it says of a picture, or of two: {answer, took}, in ms.
  async look(pictures, options, signal) {
    const { path, parts } = KINDS[this.kind];
    const form = new FormData();
    parts.forEach((part, i) => form.set(part, pictures[i], "picture.jpg"));
    const began = performance.now();
    const answer = await this.call("POST", withQuery(path, options), form, signal);
    return { answer, took: performance.now() - began };
  }

  // Adds an example of somebody to a recognition service.
  add(subject, picture) {
    const form = new FormData();
    form.set("file", picture, "picture.jpg");
    return this.call("POST", withQuery("/api/v1/recognition/faces", { subject }), form);
  }

  // The same request for a terminal, without the key itself.
  asCurl(options) {
    const { path, parts } = KINDS[this.kind];
    const files = parts.map((part) => `  -F "${part}=@${part === "file" ? "picture" : part}.jpg"`);
    return [`curl -X POST "${location.origin}${withQuery(path, options)}"`, '  -H "x-api-key: KEY"', ...files].join(" \\\n");
  }

  // The picture of an example as it was added; empty where it was not kept.
  async image(id, signal) {
    return (await this.send("GET", `/api/v1/recognition/faces/${id}/img`, undefined, signal)).blob();
  }

  async send(method, path, body, signal) {
    const json = body !== undefined && !(body instanceof FormData);
    const headers = { "x-api-key": this.key, ...(json && { "content-type": "application/json" }) };
    try {
      return await fetch(path, { method, body: json ? JSON.stringify(body) : body, signal, headers, cache: "no-store", credentials: "omit" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Problem("unreachable", "The API does not answer. Is the program running, and on this network?");
    }
  }

  // `body`: a form, or an object that is sent as JSON.
  async call(method, path, body, signal) {
    const response = await this.send(method, path, body, signal);
    const said = await response.json().catch(() => ({}));
    if (response.ok) return said;
    const wrongKey = said.code === WRONG_KEY ? `This key opens no ${this.kind} service: it was changed or deleted, or is another service's.` : null;
    const problem = new Problem(said.code ?? said.error ?? "unreadable", wrongKey ?? said.message ?? `The API answered ${response.status}.`, response.status);
    problem.retryAfter = Number(response.headers.get("retry-after")) || 0;
    throw problem;
  }
}
