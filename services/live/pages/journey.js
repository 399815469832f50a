// One journey: the drawing, where it hurt, and every step in words, in one list over all channels.

import { get } from "./api.js";
import { customerLink, fold, h, journeyLink, quiet, section } from "./dom.js";
import { frictionCards } from "./frictions.js";
import { BREAK_SECONDS } from "./scale.js";
import { timeline } from "./timeline.js";
import { dayOf, duration, exactOf, isSameDay, time } from "./times.js";
import { oneView } from "./view.js";
import { channel, count, goal, isRough, kindTitle, plain, step } from "./words.js";

const LISTED = 300;
const ms = (at) => Date.parse(at);

function said(data) {
  return typeof data?.text === "string" && data.text && h("blockquote", {}, data.text);
}

function stepItem(one, before) {
  const gap = before ? (ms(one.time) - ms(before.time)) / 1000 : 0;
  const isLater = gap > BREAK_SECONDS;
  const isNewDay = !before || !isSameDay(ms(one.time), ms(before.time));
  return [
    isLater && h("li", { class: "gap" }, `${duration(gap)} later`),
    isNewDay && h("li", { class: "day" }, dayOf(ms(one.time))),
    h("li", { class: isRough(one.type) ? "one-step is-rough" : "one-step" },
      time(one.time, exactOf), h("span", { class: "lane-name" }, channel(one.channel)),
      h("span", { class: "step-words" }, step(one), said(one.data))),
  ];
}

// A friction stands behind the step at which it was complete.
function stepList(journey, raised, size) {
  const pending = raised.map((friction, n) => ({ friction, number: n + 1 }));
  const items = [];
  const shown = journey.steps.slice(0, size);
  shown.forEach((one, n) => {
    while (pending.length && ms(pending[0].friction.at) < ms(one.time)) items.push(hurtItem(pending.shift()));
    items.push(stepItem(one, shown[n - 1]));
  });
  if (shown.length === journey.steps.length) pending.forEach((one) => items.push(hurtItem(one)));
  return h("ol", { class: "steps" }, items);
}

function hurtItem({ friction, number }) {
  return h("li", { class: "hurt-step" },
    time(friction.at, exactOf), h("span", { class: "flag-number" }, String(number)),
    h("span", { class: "step-words" }, h("strong", {}, kindTitle(friction.kind)), ` ${friction.explanation}`));
}

function head(journey, raised, isMoved) {
  const state = plain(journey.outcome ?? journey.state);
  return [
    h("p", { class: "eyebrow" }, `Journey, ${state}`),
    h("h1", {}, goal(journey.goal) ?? "Goal not known"),
    h("p", { class: "lead" },
      time(journey.opened_at), " to ", time(journey.last_event_at),
      `, ${count(journey.contacts.length, "contact")} over ${journey.channels.map(channel).join(" → ") || "no channel"}, `,
      raised.length ? h("strong", { class: "hurt-text" }, count(raised.length, "friction")) : "no friction", ". ",
      customerLink(journey.customer_key)),
    isMoved && h("p", { class: "notice" }, "The journey you opened has become part of ", journeyLink(journey.journey_id, "this one"), "."),
    journey.truncated && h("p", { class: "notice" }, "Very long: not all is shown."),
  ];
}

function content(journey, width, isMoved, size, showAll) {
  const inOrder = [...journey.frictions].sort((a, b) => (a.at < b.at ? -1 : 1));
  const raised = inOrder.filter((friction) => friction.state === "raised");
  const taken = inOrder.filter((friction) => friction.state !== "raised");
  const steps = h("div", {}, stepList(journey, raised, size));
  const all = journey.steps.length > size && h("button", { type: "button", click: () => {
    showAll();
    steps.replaceChildren(stepList(journey, raised, journey.steps.length));
    all.remove();
  } }, `Show all ${journey.steps.length} steps`);
  return [
    ...head(journey, raised, isMoved),
    journey.steps.length > 0 && timeline(journey, raised, width),
    h("div", { class: "columns" },
      section("Step by step",
        journey.steps.length ? [steps, all] : quiet("Its steps have not arrived yet.")),
      section("Where it hurt",
        raised.length
          ? frictionCards(raised, (_, n) => ({ number: n + 1 }))
          : quiet("Nowhere so far."),
        taken.length > 0 && fold(`Taken back: ${taken.length}`, frictionCards(taken)))),
  ];
}

export function journeyView({ id }, signal, setTitle) {
  const ask = (key) => get(`/v1/journeys/${encodeURIComponent(key)}`, {}, { signal });
  let now = id;
  let size = LISTED;
  return oneView("Journey", signal, setTitle, {
    // An id that ceased to be leads on to the journey that it became part of.
    read: async () => {
      const asked = await ask(id);
      now = asked.superseded_by ?? id;
      return now === id ? asked : ask(now);
    },
    draw: (journey, body) => [goal(journey.goal) ?? "Journey", content(journey, body.clientWidth - 90, now !== id, size, () => { size = Infinity; })],
    isMine: (item) => item.journey_id === now,
  });
}
