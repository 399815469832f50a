// The front page: one sentence, then what hurts, incidents, queues, journeys arriving.

import { arrivalsPanel } from "./arrivals.js";
import { h } from "./dom.js";
import { hurtsPanel } from "./hurts.js";
import { incidentsPanel } from "./incidents.js";
import { queuesPanel } from "./queues.js";

export function nowView(_, signal) {
  const hurts = hurtsPanel(signal);
  return {
    title: "Now",
    element: h(
      "div", { class: "now" },
      h("h1", { class: "sr" }, "The contact centre now"),
      hurts.banner,
      h("div", { class: "now-main" }, hurts.element, queuesPanel(signal)),
      h("div", { class: "now-side" }, incidentsPanel(signal), arrivalsPanel(signal)),
    ),
  };
}
