// A journey drawn: a lane for each channel, contacts as lines, steps as marks, and red where it hurt.

import { h, s } from "./dom.js";
import { compress } from "./scale.js";
import { clockOf, dayOf, duration, exactOf, isSameDay } from "./times.js";
import { channel, isRough, kindTitle, step } from "./words.js";

const LANE = 76;
const TOP = 40;
const SIDE = 26;
const TICK_GAP = 78;
const FLAG = 11;
const ms = (at) => Date.parse(at);
const nameOf = (contact) => `${contact.source}\u001f${contact.subject}`;

// The steps to draw: of very long journeys the beginning.
const DRAWN_MAX = 600;

function lanesOf(steps) {
  const order = [...new Set(steps.map((one) => one.channel))];
  const contacts = new Map();
  for (const one of steps) {
    const lane = one.channel;
    const key = `${lane} ${nameOf(one.contact)}`;
    contacts.set(key, { lane, from: contacts.get(key)?.from ?? ms(one.time), to: ms(one.time) });
  }
  return { order, spans: [...contacts.values()] };
}

function timesOf(journey, steps) {
  const waits = journey.contacts.flatMap((contact) => contact.waits ?? []);
  const times = [...steps.map((one) => one.time), ...journey.frictions.map((one) => one.at),
    ...waits.flatMap((wait) => [wait.started_at, wait.ended_at].filter(Boolean))];
  return times.map(ms).filter((time) => !Number.isNaN(time));
}

export function timeline(journey, raised, width) {
  const steps = journey.steps.slice(0, DRAWN_MAX);
  const { order, spans } = lanesOf(steps);
  const scale = compress(timesOf(journey, steps), width - 2 * SIDE);
  const x = (time) => SIDE + scale.x(time);
  const laneY = (name) => TOP + Math.max(0, order.indexOf(name)) * LANE + LANE / 2 + 8;
  const size = { width: scale.width + 2 * SIDE, height: TOP + order.length * LANE + 8 };
  const drawing = s(
    "svg", {
      class: "timeline", role: "img", "aria-label": `Timeline with ${raised.length} frictions; the same as a list follows`,
      ...size, viewBox: `0 0 ${size.width} ${size.height}`,
    },
    order.map((name, n) => s("rect", { class: n % 2 ? "lane odd" : "lane", x: 0, width: size.width, y: TOP + n * LANE, height: LANE })),
    axis(scale, size),
    spans.map(({ lane, from, to }) =>
      s("line", { class: "contact-line", x1: x(from), x2: Math.max(x(to), x(from) + 1), y1: laneY(lane), y2: laneY(lane) })),
    waits(journey, x, laneY, scale),
    hurts(raised, steps, x, laneY),
    steps.map((one) => mark(one, x(ms(one.time)), laneY(one.channel))),
    flags(raised, steps, x, laneY),
  );
  const names = h("ul", { class: "lane-names", "aria-hidden": "true" }, order.map((name) => h("li", {}, channel(name))));
  return h("div", { class: "timeline-box" }, names,
    h("div", { class: "timeline-scroll", tabindex: 0, role: "region", "aria-label": "Timeline, scrolls sideways" }, drawing));
}

function axis(scale, size) {
  const parts = scale.breaks.map((gap) => s(
    "g", { class: "break" },
    s("rect", { x: SIDE + gap.from + 12, width: Math.max(8, gap.to - gap.from - 24), y: 4, height: size.height - 8, rx: 4 }),
    s("text", { x: SIDE + (gap.from + gap.to) / 2, y: 22, "text-anchor": "middle" }, duration(gap.ms / 1000)),
  ));
  let last = -Infinity;
  let before = null;
  for (const [n, time] of scale.stops.entries()) {
    const place = SIDE + scale.x(time);
    const isEpisode = n === 0 || scale.breaks.some((gap) => Math.abs(SIDE + gap.to - place) < 0.5);
    const ends = [size.width, ...scale.breaks.map((gap) => SIDE + gap.from)];
    const isTight = place - last < TICK_GAP || ends.some((end) => end >= place && end - place < 40);
    if (isTight && !isEpisode) continue;
    const isNewDay = before === null || !isSameDay(before, time);
    parts.push(s("line", { class: "tick", x1: place, x2: place, y1: 30, y2: TOP }));
    parts.push(s("text", { class: isEpisode && "episode", x: place - 4, y: 24 },
      isNewDay ? `${dayOf(time)}, ${clockOf(time)}` : isEpisode ? clockOf(time) : exactOf(time)));
    last = isNewDay ? place + 40 : place;
    before = time;
  }
  return parts;
}

function waits(journey, x, laneY, scale) {
  return journey.contacts.flatMap((contact) => (contact.waits ?? []).map((wait) => {
    const from = ms(wait.started_at);
    const to = wait.ended_at ? ms(wait.ended_at) : scale.stops.at(-1);
    const y = laneY(contact.channel === "ivr" ? "call" : contact.channel);
    return s("rect", { class: "wait", x: x(from), width: Math.max(2, x(to) - x(from)), y: y - 4, height: 8, rx: 2 },
      s("title", {}, `Waited ${duration((to - from) / 1000)}${wait.queue ? ` for ${wait.queue}` : ""}`));
  }));
}

function proofs(friction, steps) {
  const named = new Set(friction.evidence.map((event) => `${event.source} ${event.event_id}`));
  return steps.filter((one) => named.has(`${one.source} ${one.event_id}`));
}

function laneOf(friction, found) {
  const own = found.filter((one) => nameOf(one.contact) === nameOf(friction.contact));
  return [own, (own.at(-1) ?? found.at(-1))?.channel];
}

// The stretch that hurt: of the contact's own evidence, up to when the friction was complete.
function hurts(raised, steps, x, laneY) {
  return raised.flatMap((friction) => {
    const found = proofs(friction, steps);
    const [own, lane] = laneOf(friction, found);
    const at = ms(friction.at);
    const from = own.length ? Math.min(ms(own[0].time), at) : at;
    const to = own.length ? Math.max(ms(own.at(-1).time), at) : at;
    const y = laneY(lane);
    const width = x(to) - x(from);
    const others = found.filter((one) => !own.includes(one));
    return [
      s("rect", { class: `hurt-band severity-${friction.severity}`, x: x(from) - 9, width: width + 18, y: y - 15, height: 30, rx: 15 }),
      others.map((one) => s("path", { class: "hurt-link", d: `M${x(ms(one.time))} ${laneY(one.channel)} L${x(from)} ${y}` })),
    ];
  });
}

function mark(one, x, y) {
  const shape = isRough(one.type)
    ? s("path", { class: "step rough", d: `M${x} ${y - 7} l7 7 l-7 7 l-7 -7 z` })
    : s("circle", { class: "step", cx: x, cy: y, r: 5 });
  shape.append(s("title", {}, `${exactOf(ms(one.time))} ${step(one)}`));
  return shape;
}

// Numbered as in the list; side by side where several fall on one place.
function flags(raised, steps, x, laneY) {
  const taken = [];
  return raised.map((friction, n) => {
    const [, lane] = laneOf(friction, proofs(friction, steps));
    const foot = x(ms(friction.at));
    const y = laneY(lane);
    let place = foot;
    while (taken.some((other) => other.y === y && Math.abs(other.place - place) < 2 * FLAG + 2)) place += 2 * FLAG + 2;
    taken.push({ y, place });
    return s(
      "g", { class: "flag" },
      s("path", { class: "flag-pole", d: `M${foot} ${y - 8} L${place} ${y - 22}` }),
      s("circle", { cx: place, cy: y - 30, r: FLAG }),
      s("text", { x: place, y: y - 26, "text-anchor": "middle" }, String(n + 1)),
      s("title", {}, `${kindTitle(friction.kind)}: ${friction.explanation}`),
    );
  });
}
