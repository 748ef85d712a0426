// Building what is on the page. Text is always text: nothing here parses HTML.

const PROPERTIES = new Set(["value", "checked", "selected", "indeterminate", "srcObject", "muted"]);
const SVG = "http://www.w3.org/2000/svg";

// h("button", { class: "quiet", on: { click: go }, dataset: { id: 1 } }, "Go"). Children: nodes, texts, lists of them; null is none.
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) set(node, name, value);
  node.append(...flat(children));
  return node;
}

export function replace(node, ...children) {
  node.replaceChildren(...flat(children));
  return node;
}

// A small drawing, `paths` being the `d` of strokes on a field of 24 x 24.
export function drawing(paths, name = "icon") {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of [["viewBox", "0 0 24 24"], ["class", name], ["aria-hidden", "true"]]) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", paths);
  svg.append(path);
  return svg;
}

// Loads one of our style sheets, once; resolves when it is in force, so that nothing is seen undressed.
const sheets = new Map();
export function useStyles(path) {
  if (!sheets.has(path)) {
    const href = new URL(path, import.meta.url).href;
    const link = h("link", { rel: "stylesheet", href });
    sheets.set(path, new Promise((resolve) => (link.onload = link.onerror = resolve)));
    document.head.append(link);
  }
  return sheets.get(path);
}

function set(node, name, value) {
  if (value == null || value === false) return;
  if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
  else if (name === "dataset") Object.assign(node.dataset, value);
  else if (name === "style") Object.assign(node.style, value);
  else if (PROPERTIES.has(name)) node[name] = value;
  else node.setAttribute(name, value === true ? "" : value);
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child != null && child !== false).map((child) => (child instanceof Node ? child : String(child)));
}
