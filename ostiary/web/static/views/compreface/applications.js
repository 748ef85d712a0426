// Applications and the services in them: what each keeps, and its key.

import { del, get, patch, post } from "../../api.js";
import { h, replace } from "../../dom.js";
import { askBox, attempt, busy, confirmBox, dataTable, icon } from "../../ui.js";
import { secretBox } from "../desk/secret.js";
import { handOver, KINDS } from "./service.js";

export async function showApplications(place, { signal, me }) {
  const admin = me.may("admin");
  const draw = async () => {
    const { applications } = await get("/applications", null, { signal });
    const add = admin && h("button", { type: "button", on: { click: () => attempt(() => addApplication(draw)) } }, icon("plus"), "New application");
    const intro = h("p", { class: "muted grow" }, "Programs made for CompreFace are served here, each with the key of a service. A recognition service has its own people, apart from all others.");
    replace(place, h("div", { class: "toolbar" }, intro, add), applications.map((application) => card(application, admin, draw)));
  };
  await draw();
}

function card(application, admin, draw) {
  const { id, name, services } = application;
  const buttons = admin && [
    quiet("New service", name, () => addService(application, draw), "plus"),
    quiet("Rename", name, () => rename(`/applications/${id}`, name, draw)),
    quiet("Delete", name, () => removeApplication(application, draw)),
  ];
  const columns = [
    { label: "Service", cell: (service) => h("span", {}, h("b", { dir: "auto" }, service.name), service.door && h("span", { class: "badge pass" }, "the door's own people")) },
    { label: "Kind", class: "cf-kind", cell: (service) => h("span", { title: `tells ${KINDS[service.kind].does}` }, KINDS[service.kind].label) },
    { label: "Keeps", cell: (service) => (service.faces == null ? "nothing" : kept(service)) },
    admin && { label: "", cell: (service) => h("div", { class: "row" }, quiet("Key", service.name, () => showKey(service)), quiet("Try it", service.name, () => tryIt(service, name)), quiet("Rename", service.name, () => rename(`/services/${service.id}`, service.name, draw)), quiet("Delete", service.name, () => removeService(service, draw))) },
  ].filter(Boolean);
  return h("section", { class: "card stack cf-services", "aria-label": name }, h("div", { class: "row" }, h("h2", { class: "grow", dir: "auto" }, name), buttons), dataTable({ caption: `Services of ${name}`, rows: services, columns, empty: "No services yet." }));
}

const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;
const kept = ({ subjects, faces }) => `${plural(subjects, "person", "people")}, ${plural(faces, "picture", "pictures")}`;

function quiet(label, about, work, name) {
  const button = h("button", { type: "button", class: "quiet", "aria-label": `${label}: ${about}`, on: { click: () => busy(button, attempt(work)) } }, name && icon(name), label);
  return button;
}

async function addApplication(draw) {
  const answer = await askBox({ title: "New application", verb: "Make it", fields: [{ name: "name", label: "Name", required: true, maxlength: 50, help: "What its services are for: cameras, a second house…" }] });
  if (!answer) return;
  await post("/applications", answer);
  await draw();
}

async function addService(application, draw) {
  const kinds = Object.entries(KINDS).map(([kind, { label, does }]) => [kind, `${label}: ${does}`]);
  const answer = await askBox({ title: `New service of ${application.name}`, verb: "Make it", fields: [{ name: "name", label: "Name", required: true, maxlength: 50 }, { name: "kind", label: "Kind", type: "select", options: kinds, value: "recognition" }] });
  if (!answer) return;
  const made = await post(`/applications/${application.id}/services`, answer);
  await draw();
  await secretBox(`The key of ${made.name}`, "Programs show it as x-api-key. It can be looked at again here.", made.key, { verb: "Close" });
}

async function rename(path, name, draw) {
  const answer = await askBox({ title: `Rename ${name}`, verb: "Rename", text: "Keys stay as they are.", fields: [{ name: "name", label: "New name", required: true, maxlength: 50, value: name }] });
  if (!answer || answer.name === name) return;
  await patch(path, answer);
  await draw();
}

async function showKey(service) {
  const { key } = await get(`/services/${service.id}/key`);
  const change = (choose) => h("button", { type: "button", class: "quiet", on: { click: () => choose("change") } }, "Change the key");
  const text = service.door ? "Whoever has it can add people whom the door lets in. Programs show it as x-api-key." : "Programs show it as x-api-key.";
  const chosen = await secretBox(`The key of ${service.name}`, text, key, { verb: "Close", also: change });
  if (chosen !== "change") return;
  if (!(await confirmBox({ title: `Change the key of ${service.name}?`, text: "Programs with the old key are refused from this moment on, until they are given the new one.", verb: "Change", danger: true }))) return;
  const { key: fresh } = await post(`/services/${service.id}/key`);
  await secretBox(`The new key of ${service.name}`, "Give it to the programs that had the old one.", fresh, { verb: "Close" });
}

async function tryIt(service, application) {
  const { key } = await get(`/services/${service.id}/key`);
  handOver({ kind: service.kind, key, name: `${application}: ${service.name}`, door: service.door });
  location.hash = "#/compreface?tab=try";
}

async function removeService(service, draw) {
  const lost = service.door ? "The door's people stay; programs with this key are refused." : service.faces ? `${kept(service)} are deleted with it. This cannot be undone.` : "Programs with its key are refused.";
  if (!(await confirmBox({ title: `Delete ${service.name}?`, text: lost, verb: "Delete", danger: true }))) return;
  await del(`/services/${service.id}`);
  await draw();
}

async function removeApplication(application, draw) {
  const faces = application.services.filter((service) => !service.door).reduce((sum, service) => sum + (service.faces ?? 0), 0);
  const text = `${plural(application.services.length, "service", "services")} and ${plural(faces, "picture", "pictures")} are deleted with it. This cannot be undone.${application.services.some((service) => service.door) ? " The door's own people stay." : ""}`;
  if (!(await confirmBox({ title: `Delete ${application.name}?`, text, verb: "Delete", danger: true }))) return;
  await del(`/applications/${application.id}`);
  await draw();
}
