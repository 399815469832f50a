// KPIs: how customers are served, over time and by queue; each figure with what it means by its name.

import { get } from "./api.js";
import { bars } from "./bars.js";
import { empty, fold, h, ranges, wide } from "./dom.js";
import { clockOf, dayOf, duration } from "./times.js";
import { capital, channel, count, plain } from "./words.js";
import { oneView } from "./view.js";

// Window, its name, what its bars are of.
const WINDOWS = [["24h", "24 hours", "hour"], ["7d", "7 days", "day"], ["4w", "4 weeks", "day"]];
const WAYS = ["queue", "channel", "goal", "segment", "persona"];
// What a map can be of.
const MAPPED = new Set(["channel", "goal", "segment", "persona"]);
const HEADLINES = [
  "service_level", "abandon_rate", "average_speed_of_answer", "average_handle_time", "transfer_rate",
  "first_contact_resolution", "containment", "csat",
];
const ROWS = 25;
// A month of a large centre takes its time.
const TIMEOUT_MS = 90000;
const NAMES = { __proto__: null, csat: "CSAT", nps: "NPS", ces: "CES", first_contact_resolution: "First-contact resolution" };
const UNITS = {
  __proto__: null,
  share: (value) => `${Math.round(value * 1000) / 10} %`,
  seconds: duration,
  points: (value) => `${value > 0 ? "+" : ""}${Math.round(value)}`,
};

const nameOf = (kpi) => NAMES[kpi] ?? capital(plain(kpi));
const words = (unit, value) => (value === null ? "–" : (UNITS[unit] ?? ((number) => number.toFixed(2)))(value));
const scaled = (kpi) => (kpi.value ?? 0) * (kpi.unit === "share" ? 100 : 1);

// "2026-11-21T09" and "2026-11-21", both UTC.
const periodOf = (key) => (key.length > 10 ? clockOf(Date.parse(`${key}:00Z`)) : dayOf(Date.parse(`${key}T00:00`)));

// A group for each period, also where there was nothing.
function filled({ since, until, groups }, period) {
  const [length, step] = period === "hour" ? [13, 3600000] : [10, 86400000];
  const known = new Map(groups.map((group) => [group.key, group]));
  const first = Date.parse(since) - (Date.parse(since) % step);
  const keys = Array.from({ length: Math.ceil((Date.parse(until) - first) / step) }, (_, n) =>
    new Date(first + n * step).toISOString().slice(0, length));
  return keys.map((key) => known.get(key) ?? { key, kpis: null });
}

// "+2.1 points": of shares, percentage points.
function changed(unit, change) {
  const sign = change > 0 ? "+" : change < 0 ? "−" : "±";
  const size = Math.abs(change);
  return sign + (unit === "share" ? `${Math.round(size * 1000) / 10} points` : words(unit, size));
}

// `kpi`: as a report has it.
function tile(kpi, periods, span) {
  const { kpi: name, change } = kpi;
  const shown = periods.filter((group) => (group.kpis?.[name].value ?? null) !== null);
  const told = shown.map((group) => `${periodOf(group.key)}: ${words(kpi.unit, group.kpis[name].value)}`);
  return h(
    "li", { class: "tile" },
    h("h2", {}, nameOf(name)),
    h("p", { class: "tile-value" }, words(kpi.unit, kpi.now)),
    h("p", { class: "tile-note" }, h("span", {}, `${plain(kpi.variant)}, of ${kpi.count}`),
      kpi.provisional && h("span", { class: "level" }, "may change")),
    change !== null && h("p", { class: "note" }, `${changed(kpi.unit, change)} against the ${span} before`),
    shown.length > 1 && h("div", { title: told.join("\n") }, h("p", { class: "sr" }, told.join("; ")),
      bars(periods.map((group) => (group.kpis ? scaled(group.kpis[name]) : 0)), null)),
  );
}

function groupName(by, key) {
  if (key === null) return `No ${by}`;
  return by === "channel" ? channel(key) : plain(key);
}

function table(by, groups) {
  const [first] = groups;
  return wide(`KPIs by ${by}`, h(
    "table", { class: "queues" },
    h("thead", {}, h("tr", {}, [capital(by), "Contacts", ...HEADLINES.map(nameOf)].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, groups.slice(0, ROWS).map((group) => h(
      "tr", {},
      h("th", { scope: "row" }, group.key !== null && MAPPED.has(by)
        ? h("a", { href: `#/map?${new URLSearchParams({ [by]: group.key })}` }, groupName(by, group.key)) : groupName(by, group.key)),
      h("td", {}, String(group.contacts)),
      HEADLINES.map((name) => h("td", { class: group.kpis[name].value === null ? "idle" : "" },
        words(first.kpis[name].unit, group.kpis[name].value)))))),
  ));
}

// Every variant beside its definition.
function meanings(definitions, kpis) {
  const figure = (one) => kpis.find((kpi) => kpi.kpi === one.kpi && kpi.variant === one.variant).now;
  return fold("What each figure means, and what others mean by it", h("dl", { class: "meanings" }, definitions.map((one) =>
    [h("dt", {}, nameOf(one.kpi), ", ", plain(one.variant), ": ", h("strong", {}, words(one.unit, figure(one)))), h("dd", {}, one.means)])));
}

export function kpisView({ query }, signal, setTitle) {
  const [window, span, period] = WINDOWS.find(([size]) => size === query.get("window")) ?? WINDOWS[0];
  const by = WAYS.includes(query.get("by")) ? query.get("by") : WAYS[0];
  const address = (change) => `#/kpis?${new URLSearchParams({ window, by, ...change })}`;
  const title = "How customers are served";
  return oneView(title, signal, setTitle, {
    isMine: () => false,
    async read() {
      const ask = (path, more) => get(path, { window, ...more }, { signal, timeout: TIMEOUT_MS });
      const [report, over, grouped] = await Promise.all([
        ask("/v1/reports/period"), ask("/v1/kpis", { by: period }), ask("/v1/kpis", { by }),
      ]);
      const { groups, total, definitions } = grouped;
      return { contacts: report.contacts.now, kpis: report.kpis, byTime: filled(over, period), groups, total, definitions };
    },
    draw({ contacts, kpis, byTime, groups, total, definitions }) {
      const heading = [
        h("h1", {}, title),
        h("p", { class: "lead" }, `${count(contacts, "contact")} began in the last ${span}. Bars are ${period}s.`),
        ranges("Time range", window, WINDOWS, (value) => address({ window: value })),
      ];
      if (kpis.every((kpi) => !kpi.count)) return [title, [...heading, empty("Nothing to count.", "Try a longer time above.")]];
      return [title, [
        ...heading,
        h("ul", { class: "tiles" }, HEADLINES.map((name) => tile(kpis.find((kpi) => kpi.kpi === name), byTime, span))),
        ranges("By", by, WAYS.map((way) => [way, `By ${way}`]), (value) => address({ by: value })),
        table(by, groups),
        total > ROWS && h("p", { class: "quiet" }, `The ${ROWS} with most contacts, of ${total}.`),
        meanings(definitions, kpis),
      ]];
    },
  });
}
