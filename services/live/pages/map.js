// The journey map: from which channel customers go on to which, how it ends, and where it hurts on the way.

import { get } from "./api.js";
import { empty, h, ranges, wide } from "./dom.js";
import { duration } from "./times.js";
import { oneView } from "./view.js";
import { capital, channel, count, counted, goal, plain } from "./words.js";

const DAY_MS = 86400000;
const WINDOWS = [["1", "24 hours"], ["7", "7 days"], ["28", "4 weeks"], ["", "All"]];
const FILTERS = ["goal", "persona", "segment", "channel", "friction", "tenant"];
const SHADES = 5;
const WORST = 2;

const nameOf = (node) => (node.kind === "channel" ? channel(node.name) : capital(plain(node.name)));

function cell(edge, total) {
  if (!edge) return h("td", { class: "idle" }, "–");
  const share = edge.times / total;
  const gap = edge.mean_gap_seconds === null ? "" : `, after ${duration(edge.mean_gap_seconds)} on average`;
  const more = `${Math.round(share * 100)} %${gap}`;
  return h("td", { class: `shade-${Math.ceil(share * SHADES)}`, title: more }, String(edge.times), h("span", { class: "sr" }, `, ${more}`));
}

const hurting = (node) =>
  h("td", { class: "hurting" }, Object.entries(node.frictions).slice(0, WORST).map(([kind, number], n) => [
    n > 0 && ", ", h("a", { href: `#/frictions?${new URLSearchParams({ kind, minutes: 0 })}` }, counted(number, kind)),
  ]));

function matrix({ nodes, edges }) {
  const size = (node) => edges.reduce((sum, edge) => sum + (edge.target === node.id ? edge.times : 0), 0);
  const of = (kind) => nodes.filter((node) => node.kind === kind).sort((one, other) => size(other) - size(one));
  const channels = of("channel");
  const targets = [...channels, ...of("outcome")];
  return wide("Ways between channels", h(
    "table", { class: "queues map" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "From"),
      targets.map((node) => h("th", { scope: "col", class: node.kind }, nameOf(node))), h("th", { scope: "col", class: "hurting" }, "Hurts there"))),
    h("tbody", {}, [...of("start"), ...channels].map((node) => {
      const out = edges.filter((edge) => edge.source === node.id);
      const total = out.reduce((sum, edge) => sum + edge.times, 0);
      return h("tr", {}, h("th", { scope: "row" }, nameOf(node)),
        targets.map((target) => cell(out.find((edge) => edge.target === target.id), total)), hurting(node));
    })),
  ));
}

export function mapView({ query }, signal, setTitle) {
  const asked = Object.fromEntries(FILTERS.map((name) => [name, query.get(name)]).filter(([, value]) => value));
  const days = WINDOWS.some(([size]) => size === query.get("days")) ? query.get("days") : "7";
  const narrowed = Object.entries(asked).map(([name, value]) => `${name} ${name === "goal" ? goal(value) : plain(value)}`).join(", ");
  const title = "The journey map";
  return oneView(title, signal, setTitle, {
    isMine: () => false,
    read: () => get("/v1/map", { ...asked, since: days && new Date(Date.now() - days * DAY_MS).toISOString() || null },
      { signal, timeout: 90000 }).then(({ since, ...found }) => found),
    draw: (found) => [title, [
      h("h1", {}, title, narrowed && h("span", { class: "h1-place" }, ` of ${narrowed}`)),
      h("p", { class: "lead" }, `${count(found.journeys, "journey")} of ${count(found.contacts, "contact")}. `
        + "A row says where customers went next; the darker, the more of them."),
      ranges("Time range", days, WINDOWS, (size) => `#/map?${new URLSearchParams({ ...asked, days: size })}`),
      found.journeys ? matrix(found) : empty("No journeys.", "Try a longer time above."),
    ]],
  });
}
