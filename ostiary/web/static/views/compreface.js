// CompreFace: applications with their services and keys, a trial of any of them, and how programs are pointed here.

import { get } from "../api.js";
import { h, replace, useStyles } from "../dom.js";

export const title = "CompreFace";

const TABS = { services: "Applications", try: "Try it", connect: "Connect" };

export async function show(root, { params, signal, me }) {
  await Promise.all([useStyles("views/desk/desk.css"), useStyles("views/compreface.css")]);
  const chosen = params.tab in TABS ? params.tab : "services";
  const tabs = h("nav", { class: "tabs", "aria-label": "CompreFace" }, Object.entries(TABS).map(([name, label]) => h("a", { href: `#/compreface?tab=${name}`, "aria-current": name === chosen ? "page" : null }, label)));
  const place = h("div", { class: "stack" });
  replace(root, tabs, place);
  if (chosen === "services") {
    const { showApplications } = await import("./compreface/applications.js");
    return showApplications(place, { signal, me });
  }
  const told = await get("/applications", null, { signal });
  const services = told.applications.flatMap((application) => application.services.map((service) => named(service, application)));
  const keyOf = async (id) => (await get(`/services/${id}/key`)).key;
  if (chosen === "connect") {
    const { showConnecting } = await import("./compreface/connect.js");
    return showConnecting(place, { services, port: told.port, keyOf: me.may("admin") ? keyOf : null });
  }
  const { showDemo } = await import("./compreface/demo.js");
  return showDemo(place, { signal, services: me.may("admin") ? services : [], keyOf });
}

function named(service, application) {
  const name = `${application.name}: ${service.name}`;
  return { ...service, name, label: service.name === service.kind ? name : `${name} (${service.kind})` };
}
