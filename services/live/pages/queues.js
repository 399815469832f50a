// Queues now: who waits where, and what became of those before.

import { get } from "./api.js";
import { empty, fill, h, put, skeleton } from "./dom.js";
import { panel } from "./panel.js";
import { clockwise } from "./times.js";
import { plain } from "./words.js";

const LONG_SECONDS = 120;

function row(hasTenants) {
  return (queue) => {
    const isLong = queue.longest_wait_seconds > LONG_SECONDS;
    const name = queue.queue === null ? "No queue named" : plain(queue.queue);
    const query = new URLSearchParams({ touchpoint: `queue:${queue.queue}`, minutes: 60 });
    return h(
      "tr", {},
      h("th", { scope: "row" },
        queue.queue === null ? name : h("a", { href: `#/frictions?${query}` }, name),
        hasTenants && h("span", { class: "tenant" }, queue.tenant)),
      h("td", { class: queue.waiting ? "busy" : "idle" }, String(queue.waiting)),
      h("td", { class: isLong ? "long" : "" },
        queue.waiting ? clockwise(queue.longest_wait_seconds) : "–", isLong && h("span", { class: "sr" }, " (long)")),
      h("td", {}, String(queue.answered)),
      h("td", { class: queue.abandoned ? "lost" : "" }, String(queue.abandoned)),
    );
  };
}

export function queuesPanel(signal) {
  const rows = h("tbody");
  const table = h(
    "table", { class: "queues" },
    h("caption", { class: "sr" }, "Queues now"),
    h("thead", {}, h("tr", {},
      ["Queue", "Waiting", "Longest", "Answered", "Gave up"].map((name) => h("th", { scope: "col" }, name)))),
    rows,
  );
  const body = h("div", {}, skeleton(4));
  async function read() {
    const { items } = await get("/v1/queues", {}, { signal });
    const hasTenants = new Set(items.map((queue) => queue.tenant)).size > 1;
    fill(rows, items, (queue) => `${queue.tenant} ${queue.queue}`, row(hasTenants));
    put(body, items.length ? table : empty("Nobody waits.", "No queue had a caller in the last 15 minutes."));
  }
  return panel("queues", "Queues now", "Answered and given up: last 15 minutes",
    { body, signal, seconds: 5, read, about: "journey" }).element;
}
