// Frictions as a list: in words, with the events that prove each, and the way to its journey.

import { get } from "./api.js";
import { back, customerLink, empty, failure, fill, h, journeyLink, put, ranges, skeleton } from "./dom.js";
import { listen, poll } from "./live.js";
import { duration, time } from "./times.js";
import { count, kindTitle, touchpoint } from "./words.js";

const RANGES = [[15, "15 minutes"], [60, "1 hour"], [1440, "24 hours"], [0, "All"]];
const LIMIT = 50;

function evidence(friction) {
  return h(
    "details", { class: "evidence" },
    h("summary", {}, `Evidence: ${count(friction.evidence.length, "event")}`),
    h("ol", {}, friction.evidence.map((event) =>
      h("li", {}, time(event.time), h("code", {}, event.type), h("span", { class: "quiet" }, `${event.event_id} of ${event.source}`)))),
    h("p", { class: "quiet" }, `Rule ${friction.rule}, version ${friction.rule_version}; found at `, time(friction.detected_at)),
  );
}

export const toJourney = (friction) => (friction.journey_id ? [journeyLink(friction.journey_id)] : []);
const toBoth = (friction) => [...toJourney(friction), friction.customer_key && customerLink(friction.customer_key)];

function frictionCard(friction, { links = [], number = null } = {}) {
  const isTaken = friction.state === "retracted";
  return h(
    "li", { class: `friction ${isTaken ? "is-retracted" : ""}`, id: number ? `friction-${number}` : null, "data-key": friction.friction_id },
    h("p", { class: "friction-title" },
      number && h("span", { class: "flag-number" }, String(number)),
      h("strong", {}, kindTitle(friction.kind)),
      h("span", { class: `severity severity-${friction.severity}` }, friction.severity),
      isTaken && h("span", { class: "level" }, friction.retraction === "cancelled" ? "Undone since" : "Corrected")),
    h("p", {}, friction.explanation),
    h("p", { class: "meta" }, time(friction.at), ", ", touchpoint(friction.touchpoint)),
    links.length > 0 && h("p", { class: "links" }, links),
    evidence(friction),
  );
}

export const frictionCards = (frictions, shown = () => ({})) =>
  h("ol", { class: "friction-list" }, frictions.map((one, n) => frictionCard(one, shown(one, n))));

export function frictionsView({ query }, signal) {
  const minutes = Math.min(Math.max(Number(query.get("minutes")) || 0, 0), 525600);
  const wanted = { limit: LIMIT, state: query.get("state") ?? "raised" };
  for (const name of ["kind", "touchpoint", "queue", "tenant", "customer"]) wanted[name] = query.get(name);
  const kindName = query.get("kind");
  const place = query.get("touchpoint");
  const title = kindName ? kindTitle(kindName) : "Frictions";
  const total = h("p", { class: "lead", role: "status" });
  const list = h("ol", { class: "friction-list" });
  const body = h("div", {}, skeleton(6));
  const more = h("button", { type: "button", hidden: true, click: () => next() }, "Show older ones");
  const trouble = h("div");
  const all = h("div", {}, list, more, trouble);
  let items = [];
  let cursor = null;
  let pages = 1;

  const ask = (extra) => get("/v1/frictions", {
    ...wanted, ...extra, since: minutes ? new Date(Date.now() - minutes * 60000).toISOString() : null,
  }, { signal });

  function show(page) {
    const span = minutes ? ` in the last ${duration(minutes * 60)}` : "";
    total.textContent = `${page.total_is === "at_least" ? "Over " : ""}${count(page.total, "friction")}${span}.`;
    if (!items.length) {
      return put(body, empty("None.", minutes ? "Try a longer time above." : "Nothing of this kind yet."));
    }
    fill(list, items, (friction) => friction.friction_id, (friction) => frictionCard(friction, { links: toBoth(friction) }));
    put(body, all);
    put(trouble, null);
    more.hidden = cursor === null;
  }

  async function next() {
    try {
      const page = await ask({ cursor });
      pages += 1;
      cursor = page.next_cursor;
      items = [...items, ...page.items];
      show(page);
    } catch (error) {
      if (!signal.aborted) put(trouble, failure(error));
    }
  }

  const soon = poll(signal, 20, async () => {
    // Who has paged on reads: only the first page follows what happens.
    if (pages > 1) return;
    try {
      const page = await ask({});
      if (pages > 1) return;
      ({ items, next_cursor: cursor } = page);
      show(page);
    } catch (error) {
      if (!signal.aborted && !items.length) body.replaceChildren(failure(error, () => soon(0)));
    }
  });
  listen(signal, (event) => event !== "journey" && soon(2000));

  return {
    title,
    element: h(
      "div", { class: "view" },
      back(),
      h("h1", {}, title, place && h("span", { class: "h1-place" }, ` at ${touchpoint(place)}`)),
      total, ranges("Time range", minutes, RANGES, (size) => `#/frictions?${new URLSearchParams({ ...Object.fromEntries(query), minutes: size })}`), body,
    ),
  };
}

