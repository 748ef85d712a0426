// The demos on a page of their own. The dashboard's choice of colours holds here too.

import { showDemo } from "./views/compreface/demo.js";

const theme = localStorage.getItem("ostiary-theme");
if (theme) document.documentElement.dataset.theme = theme;

const left = new AbortController();
addEventListener("pagehide", () => left.abort());
addEventListener("pageshow", (event) => event.persisted && location.reload());
showDemo(document.getElementById("main"), { signal: left.signal });
