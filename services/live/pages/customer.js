// The screen-pop: who it is, what they try to do, what happened before, where it hurt.

import { get } from "./api.js";
import { customerLink, fold, h, journeyLink, quiet, section } from "./dom.js";
import { frictionCards, toJourney } from "./frictions.js";
import { time } from "./times.js";
import { oneView } from "./view.js";
import { capital, channel, count, goal, identifier, plain } from "./words.js";

const NAMED = 12;

// What was decided of an identifier, since when, by whose word or which event, and why.
function decision(one, ...more) {
  const [proof] = one.evidence;
  const by = one.by ?? (proof && `event ${proof.type} from ${proof.source}`);
  return h("p", { class: "meta" }, `${capital(one.state ?? one.word)} `, time(one.since ?? one.decided_at), by && ` by ${by}`,
    one.why && `: “${one.why}”`, `; ${one.reason}.`, more);
}

const decided = (one) => [capital(identifier(one.type)), " ", h("strong", {}, one.value), decision(one)];

function facts(names, key) {
  return h("dl", { class: "facts" }, names.map((one, n) => [
    one.type !== names[n - 1]?.type && h("dt", {}, identifier(one.type)),
    h("dd", {}, one.value,
      one.since && decision(one, one.own_key !== key && [" Merged key: ", h("code", {}, one.own_key)])),
  ]));
}

function who({ customer_key: key, identifiers: names, journal: { items, total } }) {
  return [
    names.length ? facts(names.slice(0, NAMED), key) : quiet("Not identified: known by this contact alone."),
    names.length > NAMED && fold(`${names.length - NAMED} more`, facts(names.slice(NAMED), key)),
    total > 0 && fold(`How that came: ${count(total, "decision")}`,
      h("ol", { class: "journal" }, items.map((one) => h("li", {}, decided(one)))),
      total > items.length && quiet(`And ${total - items.length} before these.`)),
  ];
}

// Who opens a merged key is told so, and sees the customer that has its contacts now.
function moved(old, { customer_key: key, identifiers }) {
  const one = identifiers.find((each) => each.own_key === old);
  return h("div", { class: "notice" }, h("p", {}, "The key you opened was merged into ", customerLink(key), "."), one && decided(one));
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

// What was said of him: "VIP, segment gold, language nl".
function traits({ vip, ...others }) {
  const words = [vip && "VIP", ...Object.entries(others).map(([name, value]) => `${name} ${plain(value)}`)].filter(Boolean);
  return words.length > 0 && h("p", { class: "lead" }, capital(words.join(", ")));
}

function page(id, customer, list, names) {
  const open = customer.open_journey;
  const number = customer.frictions.length;
  return [
    h("p", { class: "eyebrow" }, "This customer is trying to"),
    h("h1", {}, goal(customer.goal) ?? "Goal not known"),
    h("p", { class: "lead" },
      open ? "On an open journey" : "No open journey", `, ${count(customer.contacts, "contact")}, `,
      number ? h("strong", { class: "hurt-text" }, count(number, "friction")) : "no friction so far", ".",
      open && [" ", journeyLink(open.journey_id)]),
    traits(customer.attributes),
    id !== names.customer_key && moved(id, names),
    customer.others?.length > 0 && h("p", { class: "notice" }, "This identifier is shared by others: ",
      customer.others.map((key, n) => [n ? ", " : "", customerLink(key)])),
    h("div", { class: "columns" },
      h("div", {},
        section("What happened before", told(customer.before)),
        section("Journeys", list.length ? journeys(list) : quiet("None yet."))),
      h("div", {},
        section("Who", who(names)),
        section("Where it hurt",
          number ? frictionCards(customer.frictions, (one) => ({ links: toJourney(one) })) : quiet("Nowhere so far.")))),
  ];
}

export function customerView({ id }, signal, setTitle) {
  const ask = (key, what, query) => get(`/v1/customers/${encodeURIComponent(key)}/${what}`, query, { signal });
  let key = id;
  return oneView("Customer", signal, setTitle, {
    read: async () => {
      const customer = await ask(id, "screen-pop");
      key = customer.customer_key;
      return Promise.all([customer, ask(key, "journeys", { limit: 20 }), ask(key, "identifiers")]);
    },
    draw: ([customer, list, names]) => [goal(customer.goal) ?? "Customer", page(id, customer, list.items, names)],
    isMine: (item) => item.customer_key === key,
  });
}
