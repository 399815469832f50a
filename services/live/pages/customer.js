// The screen-pop: who it is, what they try to do, what happened before, where it hurt.

import { get } from "./api.js";
import { customerLink, empty, h, journeyLink } from "./dom.js";
import { frictionCard, toJourney } from "./frictions.js";
import { time } from "./times.js";
import { oneView } from "./view.js";
import { capital, channel, count, goal, plain } from "./words.js";

function identifiers(customer) {
  const known = Object.entries(customer.identifiers ?? {}).filter(([, values]) => values.length);
  if (!known.length) return h("p", { class: "quiet" }, "Not identified: known by this contact alone.");
  return h("dl", { class: "facts" }, known.map(([type, values]) => [
    h("dt", {}, type === "customer_id" ? "Customer number" : type === "email" ? "E-mail" : plain(type)),
    values.map((value) => h("dd", {}, value)),
  ]));
}

function told(before) {
  if (!before.length) return empty("Nothing before.", "This is the first that is heard of this customer.");
  return h("ol", { class: "told" }, [...before].reverse().map((one) =>
    h("li", {},
      h("span", { class: "told-when" }, time(one.at), h("span", { class: "lane-name" }, channel(one.channel ?? "–"))),
      h("p", {}, `${capital(one.happened)}.`,
        one.journey_id && [" ", journeyLink(one.journey_id)]))));
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
    h("p", { class: "eyebrow" }, "Customer"),
    h("h1", {}, customer.goal ? `${goal(customer.goal)}` : "Goal not known"),
    h("p", { class: "lead" },
      open ? "On an open journey" : "No open journey", `, ${count(customer.contacts, "contact")}, `,
      number ? h("strong", { class: "hurt-text" }, count(number, "friction")) : "no friction so far", ".",
      open && [" ", journeyLink(open.journey_id)]),
    customer.others?.length > 0 && h("p", { class: "notice" }, "This identifier is shared by others: ",
      customer.others.map((key, n) => [n ? ", " : "", customerLink(key)])),
    h("div", { class: "columns" },
      h("div", {},
        h("section", {}, h("h2", {}, "What happened before"), told(customer.before)),
        h("section", {}, h("h2", {}, "Journeys"), list.length ? journeys(list) : h("p", { class: "quiet" }, "None yet."))),
      h("div", {},
        h("section", {}, h("h2", {}, "Who"), identifiers(customer)),
        h("section", {}, h("h2", {}, "Where it hurt"),
          number ? h("ol", { class: "friction-list" }, customer.frictions.map((one) => frictionCard(one, { links: toJourney(one) }))) : h("p", { class: "quiet" }, "Nowhere so far.")))),
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
