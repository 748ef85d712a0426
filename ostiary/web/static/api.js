// Requests to the API: JSON comes back, or a Problem is thrown that says what to do.

let token = ""; // against requests that other pages forge: `GET /me` hands it out

export class Problem extends Error {
  constructor(code, message, status = 0) {
    super(message);
    Object.assign(this, { code, status });
  }
}

export const get = (path, params, options) => call("GET", withQuery(path, params), undefined, options);
export const post = (path, body, options) => call("POST", path, body, options);
export const put = (path, body, options) => call("PUT", path, body, options);
export const patch = (path, body, options) => call("PATCH", path, body, options);
export const del = (path, body, options) => call("DELETE", path, body, options);

export function useToken(value) {
  token = value ?? "";
}

export function withQuery(path, params = {}) {
  const given = Object.entries(params ?? {}).filter(([, value]) => value != null && value !== "");
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

// `quiet`: a 401 is the caller's to deal with; else the log-in appears.
export async function call(method, path, body, { signal, quiet = false } = {}) {
  const json = body !== undefined && !(body instanceof FormData);
  const headers = headersFor(method);
  if (json) headers["content-type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers, body: json ? JSON.stringify(body) : body, signal, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("unreachable", "The door's computer does not answer. Is it running, and on this network?");
  }
  return answer(response.status, await response.text(), quiet);
}

// The same for a large form; `onProgress` is told a share from 0 to 1 while it is being sent.
export function uploadWithProgress(path, form, onProgress = () => {}, { signal } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    for (const [name, value] of Object.entries(headersFor("POST"))) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(new Problem("unreachable", "The upload broke off."));
    request.onabort = () => reject(new DOMException("left", "AbortError"));
    request.onload = () => {
      try {
        resolve(answer(request.status, request.responseText, false));
      } catch (problem) {
        reject(problem);
      }
    };
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

function headersFor(method) {
  const headers = { accept: "application/json" };
  if (method !== "GET" && token) headers["x-csrf-token"] = token;
  return headers;
}

function answer(status, text, quiet) {
  const content = parsed(text);
  if (status === 204) return null;
  if (status < 300 && content !== undefined) return content;
  const problem = new Problem(content?.error ?? "unreadable", content?.message ?? `The API answered ${status}.`, status);
  if (status === 401 && !quiet) document.dispatchEvent(new CustomEvent("locked"));
  throw problem;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
