// How programs that were made for CompreFace are pointed here: what to write into each, ready to be copied.

import { h, replace } from "../../dom.js";
import { attempt, busy, emptyState, field, icon } from "../../ui.js";
import { copyButton } from "../desk/secret.js";
import { KINDS } from "./service.js";

const LOOPBACK = /^(localhost|127\.|\[::1\])/;
const NO_KEY = "KEY-OF-THE-SERVICE";

// `port` is where CompreFace's API is served too, `keyOf(id)` tells a key, null where whoever asks may not see it.
export async function showConnecting(place, { services, port, keyOf }) {
  if (!services.length) return replace(place, emptyState({ name: "api", title: "No services yet", text: "Make a service first: each program needs the key of one.", action: { label: "Applications", href: "#/compreface" } }));
  const where = `${location.protocol}//${location.hostname}`;
  const at = { where, port: String(port ?? (location.port || (location.protocol === "https:" ? 443 : 80))) };
  const chosen = field({ name: "service", label: "Service", type: "select", options: services.map(({ id, label }) => [String(id), label]) });
  const guides = h("div", { class: "stack" });
  const put = keyOf && h("button", { type: "button", class: "quiet", on: { click: () => busy(put, attempt(async () => draw(await keyOf(Number(chosen.read()))))) } }, icon("access"), "Put its key in");
  const draw = (key = NO_KEY) => {
    const { kind } = services.find(({ id }) => String(id) === chosen.read());
    replace(guides, guidesFor(kind, { ...at, key }).map(guide));
  };
  chosen.input.addEventListener("change", () => draw());
  replace(place, notices(at), h("div", { class: "card row cf-connect" }, chosen.node, put), guides, h("p", { class: "muted small" }, "The API is described in full under API. A page of its own for whoever has a key: ", h("a", { href: "/demo" }, "the demos"), "."));
  draw();
}

function notices({ where, port }) {
  return [
    h("p", { class: "muted" }, "Programs keep their settings but for the address, ", h("code", {}, `${where}:${port}`), ", and the key."),
    LOOPBACK.test(location.hostname) && h("div", { class: "card notice" }, icon("warn"), h("p", { class: "grow" }, h("strong", {}, "Other machines do not find this address. "), "Open this page by the machine's name in your network, and see that API_HOST is an address there: 0.0.0.0 for all.")),
  ];
}

function guide([title, text, content]) {
  const shown = h("pre", { tabindex: 0, "aria-label": title }, content);
  return h("section", { class: "card stack" }, h("div", { class: "row" }, h("h2", { class: "grow" }, title), copyButton(content, shown, `Copy: ${title}`)), h("p", { class: "muted" }, text), shown);
}

function guidesFor(kind, { where, port, key }) {
  const url = `${where}:${port}`;
  const { path, parts } = KINDS[kind];
  const files = parts.map((part) => `-F "${part}=@${part === "file" ? "picture" : part}.jpg"`).join(" ");
  const curl = `curl -X POST "${url}${path}" -H "x-api-key: ${key}" ${files}`;
  const [python, script] = SDK[kind];
  const all = [
    ["curl", "From any terminal or script.", curl],
    ["Python", "With the published SDK: pip install compreface-sdk 'urllib3<2'", `from compreface import CompreFace\n\ncompre_face = CompreFace("${where}", "${port}")\n${python(key)}`],
    ["JavaScript", "With the published SDK: npm install @exadel/compreface-js-sdk", `import { CompreFace } from "@exadel/compreface-js-sdk";\n\nconst compreFace = new CompreFace("${where}", ${port});\n${script(key)}`],
  ];
  if (kind !== "recognition") return all;
  return [
    ["Double Take", "In its config.yml. Frigate's snapshots are then recognised here, and Home Assistant hears of them by Double Take's MQTT.", `detectors:\n  compreface:\n    url: ${url}\n    key: ${key}\n    timeout: 15\n    det_prob_threshold: 0.8`],
    ["Home Assistant", "In its configuration.yaml, without Double Take. After camera.snapshot to that file, shell_command.who_is_there answers with the faces in stdout.", `shell_command:\n  who_is_there: >-\n    curl -s -X POST "${url}${path}"\n    -H "x-api-key: ${key}" -F "file=@/config/www/door.jpg"`],
    ...all,
  ];
}

const SDK = {
  recognition: [
    (key) => `recognition = compre_face.init_face_recognition("${key}")\nprint(recognition.recognize("picture.jpg", {"limit": 0}))`,
    (key) => `const recognition = compreFace.initFaceRecognitionService("${key}");\nconsole.log(await recognition.recognize("./picture.jpg", { limit: 0 }));`,
  ],
  detection: [
    (key) => `detection = compre_face.init_face_detection("${key}")\nprint(detection.detect("picture.jpg", {"limit": 0}))`,
    (key) => `const detection = compreFace.initFaceDetectionService("${key}");\nconsole.log(await detection.detect("./picture.jpg", { limit: 0 }));`,
  ],
  verification: [
    (key) => `verification = compre_face.init_face_verification("${key}")\nprint(verification.verify("source_image.jpg", "target_image.jpg", {"limit": 0}))`,
    (key) => `const verification = compreFace.initFaceVerificationService("${key}");\nconsole.log(await verification.verify("./source_image.jpg", "./target_image.jpg", { limit: 0 }));`,
  ],
};
