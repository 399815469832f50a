// Incidents of the alerts service, with acknowledge; if it is away the panel says so, calmly.

import { get, post } from "./api.js";
import { empty, fill, h, put, skeleton } from "./dom.js";
import { listen } from "./live.js";
import { panel } from "./panel.js";
import { time } from "./times.js";
import { count } from "./words.js";

const NAME = "journeyline.name";

function form(incident, base, close, after) {
  const id = `by-${incident.incident_id}`;
  const by = h("input", { id, required: true, maxlength: 100, autocomplete: "name", value: localStorage.getItem(NAME) ?? "" });
  const text = h("input", { id: `${id}-text`, maxlength: 1000 });
  const failed = h("p", { class: "form-failed", role: "alert" });
  const submit = async (event) => {
    event.preventDefault();
    try {
      localStorage.setItem(NAME, by.value.trim());
      await post(`${base}/v1/incidents/${encodeURIComponent(incident.incident_id)}/acknowledge`, {
        by: by.value.trim(), text: text.value.trim(),
      });
      after();
    } catch (error) {
      failed.textContent = `Not acknowledged. ${error.message}`;
    }
  };
  const keys = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  };
  return h(
    "form", { class: "ack", submit, keydown: keys },
    h("label", { for: id }, "Your name"), by,
    h("label", { for: `${id}-text` }, "Note (if any)"), text, failed,
    h("p", { class: "actions" },
      h("button", { type: "submit", class: "strong" }, "Acknowledge"),
      h("button", { type: "button", click: close }, "Cancel")),
  );
}

function row(base, soon) {
  return (incident) => {
    const isOpen = incident.state === "open";
    const query = new URLSearchParams({ kind: incident.kind, touchpoint: incident.touchpoint, minutes: 1440 });
    const place = h("div", { class: "incident-act" });
    const item = h(
      "li", { class: `incident ${isOpen ? "is-open" : "is-seen"}` },
      h("p", { class: "incident-title" },
        h("span", { class: `severity severity-${incident.severity}` }, incident.severity),
        h("a", { href: `#/frictions?${query}` }, incident.title)),
      incident.explanation && h("p", { class: "incident-why" }, incident.explanation),
      h("p", { class: "meta" }, "Since ", time(incident.opened_at), `, ${count(incident.frictions, "friction")}`,
        !isOpen && incident.acknowledged_by && [`, seen by ${incident.acknowledged_by}`]),
      place,
    );
    const button = h("button", { type: "button", click: open, "aria-label": `Acknowledge ${incident.title}` }, "Acknowledge");
    const close = () => { place.replaceChildren(button); button.focus(); };
    function open() {
      place.replaceChildren(form(incident, base, close, () => { place.replaceChildren(); soon(0); }));
      place.querySelector("input").focus();
    }
    if (isOpen) place.append(button);
    return item;
  };
}

async function fetchAll(signal) {
  const { alerts_url: base } = await get("/v1/page-config", {}, { signal });
  const lists = await Promise.all(["open", "acknowledged"].map((state) =>
    get(`${base}/v1/incidents`, { state }, { signal, timeout: 5000 })));
  return [base, lists.flatMap((list) => list.items)];
}

export function incidentsPanel(signal) {
  const list = h("ul", { class: "incidents" });
  const body = h("div", {}, skeleton(2));
  async function read() {
    // A name half typed in is not taken away.
    if (list.querySelector("form.ack")) return;
    const [base, items] = await fetchAll(signal);
    fill(list, items, (incident) => incident.incident_id, row(base, (ms) => soon(ms)));
    put(body, items.length ? list : empty("No open incident.", "Frictions that keep coming at one place become one."));
  }
  const failed = () => {
    put(body, empty("The alerts service does not answer.", "Frictions are found and shown all the same."));
    return true;
  };
  const { element, soon } = panel("incidents", "Incidents", null, { body, signal, seconds: 10, read, failed });
  listen(signal, (event) => event === "incident" && soon(500));
  return element;
}
