// Journeys as they arrive, the last moved first. Rows hold still under pointer and focus.

import { get } from "./api.js";
import { empty, fill, h, put, skeleton } from "./dom.js";
import { listen } from "./live.js";
import { panel } from "./panel.js";
import { time } from "./times.js";
import { channel, count, goal, kind } from "./words.js";

const SHOWN = 8;

function row(journey, isNew) {
  return h(
    "li", { class: isNew ? "arrival arrived" : "arrival" },
    h(
      "a", { href: `#/journey/${encodeURIComponent(journey.journey_id)}` },
      h("span", { class: "arrival-goal" }, goal(journey.goal) ?? "Goal not known",
        journey.state === "closed" && h("span", { class: "quiet" }, ` (${journey.outcome ?? "closed"})`)),
      time(journey.last_event_at),
      h("span", { class: "arrival-way" },
        journey.channels.map(channel).join(" → ") || "–", `, ${count(journey.contacts.length, "contact")}`),
      journey.hurts.length > 0 && h("span", { class: "arrival-hurts" }, [...new Set(journey.hurts)].map((name) => kind(name)).join(", ")),
    ),
  );
}

export function arrivalsPanel(signal) {
  const journeys = new Map();
  const hurts = new Map();
  const list = h("ol", { class: "arrivals" });
  const body = h("div", {}, skeleton(6));
  let timer = 0;

  function show() {
    timer = 0;
    const newest = [...journeys.values()].filter((one) => one.state !== "superseded").sort((a, b) => (a.last_event_at < b.last_event_at ? 1 : -1)).slice(0, SHOWN);
    const items = newest.map((journey) => ({
      ...journey, hurts: [...(hurts.get(journey.journey_id)?.values() ?? [])],
    }));
    if (journeys.size > 500) {
      journeys.clear();
      newest.forEach(keep);
    }
    if (list.matches(":hover") || list.contains(document.activeElement)) return;
    fill(list, items, (journey) => journey.journey_id, (one, isNew) => row(one, isNew && list.firstChild));
    put(body, items.length ? list : empty("No journeys yet.", "Post a first event to the ingest service and it shows here at once."));
  }

  const soon = () => { timer ||= setTimeout(show, 300); };
  // A list may answer after the stream has told more.
  const keep = (one) => journeys.get(one.journey_id)?.revision >= one.revision || journeys.set(one.journey_id, one);

  function hurt(friction) {
    if (!friction.journey_id) return;
    const known = hurts.get(friction.journey_id) ?? new Map();
    if (friction.state === "raised") known.set(friction.friction_id, friction.kind);
    else known.delete(friction.friction_id);
    hurts.set(friction.journey_id, known);
    if (hurts.size > 2000) hurts.delete(hurts.keys().next().value);
  }

  async function read() {
    const [found, frictions] = await Promise.all([
      get("/v1/journeys", { limit: SHOWN }, { signal }), get("/v1/frictions", { limit: 200, state: "raised" }, { signal }),
    ]);
    frictions.items.forEach(hurt);
    found.items.forEach(keep);
    show();
  }
  const { element } = panel("arrivals", "Journeys arriving", null, { body, signal, seconds: 60, read });
  listen(signal, (event, item) => {
    if (event === "journey") { keep(item); soon(); }
    if (event === "friction") { hurt(item); soon(); }
    if (event === "reset") hurts.clear();
  });
  list.addEventListener("pointerleave", () => show());
  list.addEventListener("focusout", () => setTimeout(show, 0));
  signal.addEventListener("abort", () => clearTimeout(timer));
  return element;
}
