// Incidents of the alerts service, and what people do to them; if it is away the panel says so, calmly.

import { get, post } from "./api.js";
import { empty, fill, h, put, quiet, skeleton } from "./dom.js";
import { panel } from "./panel.js";
import { time } from "./times.js";
import { count, plain } from "./words.js";

const NAME = "journeyline.name";
const SHOWN = 5;
const ACTIONS = { acknowledge: "Acknowledge", resolve: "Resolve", comment: "Comment", "not-useful": "Not useful" };

const button = (text, click, name = text) => h("button", { type: "button", click, "aria-label": name }, text);

function form(incident, url, action, close, after) {
  const id = `by-${incident.incident_id}`;
  const isComment = action === "comment";
  const by = h("input", { id, required: true, maxlength: 100, autocomplete: "name", value: localStorage.getItem(NAME) ?? "" });
  const text = h("input", { id: `${id}-text`, maxlength: 1000, required: isComment });
  const failed = h("p", { class: "form-failed", role: "alert" });
  const submit = async (event) => {
    event.preventDefault();
    const sent = event.submitter;
    sent.disabled = true;
    try {
      localStorage.setItem(NAME, by.value.trim());
      await post(`${url}/${action}`, { by: by.value.trim(), text: text.value.trim() });
      after();
    } catch (error) {
      sent.disabled = false;
      failed.textContent = `That did not reach the incident. ${error.message}`;
    }
  };
  return h(
    "form", { class: "ack", submit },
    h("label", { for: id }, "Your name"), by,
    h("label", { for: `${id}-text` }, isComment ? "What you want to say" : "Note (if any)"), text, failed,
    h("p", { class: "actions" }, h("button", { type: "submit", class: "strong" }, ACTIONS[action]), button("Cancel", close)),
  );
}

// What people did and said, the oldest first.
async function said(url) {
  const lines = (await get(url)).history.filter((one) => one.by);
  if (!lines.length) return quiet("Nobody has done anything about it yet.");
  return h("ol", { class: "meta" }, lines.map((one) =>
    h("li", {}, time(one.at), ` ${plain(one.what)} by ${one.by}${one.text ? `: ${one.text}` : ""}`)));
}

function row(base, soon) {
  return (incident) => {
    const isOpen = incident.state === "open";
    const url = `${base}/v1/incidents/${encodeURIComponent(incident.incident_id)}`;
    const query = new URLSearchParams({ kind: incident.kind, touchpoint: incident.touchpoint, minutes: 1440 });
    const open = (action) => () => show(form(incident, url, action, close, () => { close(); soon(0); }), "input");
    const first = isOpen ? "acknowledge" : "resolve";
    const buttons = h("p", { class: "actions" },
      button(ACTIONS[first], open(first), `${ACTIONS[first]} ${incident.title}`), button("More", more, `More on ${incident.title}`));
    const place = h("div", { class: "incident-act", keydown: (event) => {
      if (event.key !== "Escape" || place.firstChild === buttons) return;
      event.stopPropagation();
      close();
    } }, buttons);
    const rest = () => place.replaceChildren(buttons);
    const close = () => (rest(), buttons.firstChild.focus());
    function show(node, focus) {
      place.replaceChildren(node);
      place.querySelector(focus).focus();
    }
    function more() {
      const lines = h("div", {}, skeleton(1));
      const others = Object.keys(ACTIONS).filter((action) => action !== "acknowledge");
      show(h("div", { class: "ack" }, lines, h("p", { class: "actions" },
        others.map((action) => button(ACTIONS[action], open(action))), button("Back", close))), "button");
      said(url).catch((error) => quiet(error.message)).then((node) => put(lines, node));
    }
    return h(
      "li", { class: `incident ${isOpen ? "is-open" : "is-seen"}` },
      h("p", { class: "incident-title" },
        h("span", { class: `severity severity-${incident.severity}` }, incident.severity),
        h("a", { href: `#/frictions?${query}` }, incident.title)),
      incident.explanation && h("p", { class: "incident-why" }, incident.explanation),
      h("p", { class: "meta" }, "Since ", time(incident.opened_at), `, ${count(incident.frictions, "friction")}`,
        !isOpen && incident.acknowledged_by && `, seen by ${incident.acknowledged_by}`,
        incident.is_useful === false && ", not useful"),
      place,
    );
  };
}

// Those that nobody has seen first, and of them the largest.
async function fetchAll(base, signal) {
  const lists = await Promise.all(["open", "acknowledged"].map((state) =>
    get(`${base}/v1/incidents`, { state, limit: 200 }, { signal, timeout: 5000 })));
  return lists.flatMap((list) => list.items.sort((a, b) => b.frictions - a.frictions));
}

export function incidentsPanel(signal) {
  const list = h("ul", { class: "incidents" });
  const body = h("div", {}, skeleton(2));
  const more = h("p", { class: "more" });
  let shown = SHOWN;
  let base = null;
  // What somebody is doing is not taken away, also if begun while the answer was on its way.
  const isInUse = () => list.querySelector(".ack") !== null;
  async function read() {
    if (isInUse()) return;
    base ??= (await get("/v1/page-config", {}, { signal })).alerts_url;
    const items = await fetchAll(base, signal);
    if (isInUse()) return;
    fill(list, items.slice(0, shown), (incident) => incident.incident_id, row(base, (ms) => soon(ms)));
    put(body, items.length ? list : empty("No open incident.", "Frictions that keep coming at one place become one."));
    const hidden = items.length - shown;
    put(more, hidden > 0 ? button(`Show ${count(hidden, "more incident")}`, () => { shown = Infinity; soon(0); }) : null);
  }
  const failed = (error) => {
    if (isInUse()) return true;
    const who = base === null ? "This service" : "The alerts service";
    put(body, error.status ? empty("The incidents cannot be read.", error.message)
      : empty(`${who} does not answer.`, base !== null && "Frictions are found and shown all the same."));
    return true;
  };
  const { element, soon } = panel("incidents", "Incidents", "The largest first",
    { body, signal, seconds: 10, read, about: "incident", failed, around: more });
  return element;
}
