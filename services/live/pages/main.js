// The frame: which view the address names, the search, the state of the stream, Esc back to the front page.

import { customerView } from "./customer.js";
import { say } from "./dom.js";
import { frictionsView } from "./frictions.js";
import { journeyView } from "./journey.js";
import { kpisView } from "./kpis.js";
import { start } from "./live.js";
import { mapView } from "./map.js";
import { nowView } from "./now.js";
import { searchForm, searchView } from "./search.js";
import { zone } from "./times.js";

const VIEWS = { __proto__: null, "": nowView, journey: journeyView, customer: customerView, frictions: frictionsView, kpis: kpisView, map: mapView, search: searchView };
const STATES = { connecting: "Connecting", live: "Live", broken: "Connection lost, trying again" };

const main = document.getElementById("main");
let leaving = new AbortController();
let isFirst = true;

// "#/frictions?kind=long_wait" is the view `frictions` with its query; "#/journey/<id>" has an id.
function address() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  const [name, ...rest] = path.split("/");
  let id = rest.join("/");
  try { id = decodeURIComponent(id); } catch { /* Not ours: looked for as it is. */ }
  return { name, id, query: new URLSearchParams(query) };
}

function show() {
  leaving.abort();
  leaving = new AbortController();
  const asked = address();
  const view = (VIEWS[asked.name] ?? nowView)(asked, leaving.signal, setTitle);
  setTitle(view.title);
  main.replaceChildren(view.element);
  if (!isFirst) {
    window.scrollTo(0, 0);
    main.focus({ preventScroll: true });
  }
  isFirst = false;
}

function setTitle(title) {
  document.title = title === "Now" ? "Journeyline" : `${title} · Journeyline`;
}

function onState(state) {
  const node = document.getElementById("link-state");
  node.dataset.state = state;
  say(node, STATES[state]);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]") && address().name) {
    location.hash = "#/";
  }
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
addEventListener("hashchange", show);
say(document.getElementById("zone"), zone());
searchForm();
start(onState);
show();
