// The screen-pop: who it is, what they try to do, what happened before, where it hurt.

import { get } from "./api.js";
import { customerLink, h, journeyLink, quiet, section } from "./dom.js";
import { frictionCards, toJourney } from "./frictions.js";
import { time } from "./times.js";
import { oneView } from "./view.js";
import { capital, channel, count, goal, plain } from "./words.js";

function identifiers(customer) {
  const known = Object.entries(customer.identifiers ?? {}).filter(([, values]) => values.length);
  if (!known.length) return quiet("Not identified: known by this contact alone.");
  return h("dl", { class: "facts" }, known.map(([type, values]) => [
    h("dt", {}, type === "customer_id" ? "Customer number" : type === "email" ? "E-mail" : plain(type)),
    values.map((value) => h("dd", {}, value)),
  ]));
}

function told(before) {
  return h("ol", { class: "told" }, [...before].reverse().map((one) =>
    h("li", {},
      h("span", { class: "told-when" }, time(one.at), h("span", { class: "lane-name" }, channel(one.channel ?? "–"))),
      h("p", {}, `${capital(one.happened)}.`))));
}

function journeys(items) {
  return h("ul", { class: "journeys" }, items.map((journey) =>
    h("li", {}, journeyLink(journey.journey_id, goal(journey.goal) ?? "Goal not known"),
      h("p", { class: "meta" }, `${plain(journey.outcome ?? journey.state)}, `, time(journey.opened_at), " to ", time(journey.last_event_at),
        `, ${journey.channels.map(channel).join(" → ")}`))));
}

function page(customer, list) {
  const open = customer.open_journey;
  const number = customer.frictions.length;
  return [
    h("p", { class: "eyebrow" }, "This customer is trying to"),
    h("h1", {}, customer.goal ? `${goal(customer.goal)}` : "Goal not known"),
    h("p", { class: "lead" },
      open ? "On an open journey" : "No open journey", `, ${count(customer.contacts, "contact")}, `,
      number ? h("strong", { class: "hurt-text" }, count(number, "friction")) : "no friction so far", ".",
      open && [" ", journeyLink(open.journey_id)]),
    customer.others?.length > 0 && h("p", { class: "notice" }, "This identifier is shared by others: ",
      customer.others.map((key, n) => [n ? ", " : "", customerLink(key)])),
    h("div", { class: "columns" },
      h("div", {},
        section("What happened before", told(customer.before)),
        section("Journeys", list.length ? journeys(list) : quiet("None yet."))),
      h("div", {},
        section("Who", identifiers(customer)),
        section("Where it hurt",
          number ? frictionCards(customer.frictions, (one) => ({ links: toJourney(one) })) : quiet("Nowhere so far.")))),
  ];
}

export function customerView({ id }, signal, setTitle) {
  const path = `/v1/customers/${encodeURIComponent(id)}`;
  return oneView("Customer", signal, setTitle, {
    read: () => Promise.all([
      get(`${path}/screen-pop`, {}, { signal }), get(`${path}/journeys`, { limit: 20 }, { signal }),
    ]),
    draw: ([customer, list]) => [goal(customer.goal) ?? "Customer", page(customer, list.items)],
    isMine: (item) => item.customer_key === id,
  });
}
