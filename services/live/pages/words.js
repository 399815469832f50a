// The contract's names in plain words: kinds, touchpoints, channels, steps. Unknown ones are shown as they are.

// What its name does not say well enough; {s}: where the plural has its s.
const KINDS = {
  __proto__: null,
  abandoned_call: "call{s} given up", abandoned_form: "form{s} left unfinished", form_errors: "form{s} full of errors",
  false_containment: "problem{s} only seemingly solved", negative_sentiment: "bad word{s} from customers",
  ivr_dead_end: "dead end{s} in the IVR", ivr_loop: "loop{s} in the IVR", ivr_maze: "maze{s} in the IVR",
  repeat_authentication: "second identity check{s}",
};
const CHANNELS = { __proto__: null, ivr: "IVR", web_form: "Form", email: "E-mail", agent: "Note" };
const PLACES = { __proto__: null, node: "IVR menu", queue: "queue", page: "page", bot: "bot", channel: "channel", topic: "topic" };
const STEPS = {
  __proto__: null,
  "ivr.menu_entered": (d) => `Menu ${plain(d.node)}${d.options ? `, ${d.options} options` : ""}`,
  "ivr.option_selected": (d) => `Chose ${plain(d.option)}${d.node ? ` in ${plain(d.node)}` : ""}`,
  "ivr.input_failed": (d) => `The IVR did not understand${d.reason === "no_input" ? ": no input" : ""}`,
  "ivr.ended": (d) => ({
    __proto__: null, transferred: "Passed on by the IVR", contained: "Served by the IVR", customer_hangup: "Hung up in the IVR",
    disconnected: "Cut off by the IVR",
  })[d.reason] ?? "The IVR ended",
  "call.started": (d) => (d.direction === "outbound" ? "We called" : "Called"),
  "call.queued": (d) => `Began to wait${d.queue ? ` for ${plain(d.queue)}` : ""}`,
  "call.answered": (d) => `Answered${d.agent ? ` by ${d.agent}` : ""}${d.queue ? ` in ${plain(d.queue)}` : ""}`,
  transferred: (d) => `Transferred${d.to_queue ? ` to ${plain(d.to_queue)}` : ""}`,
  "call.transcribed": (d) => (d.by === "agent" ? "Agent said" : "Customer said"),
  "chat.message_sent": (d) => ({ __proto__: null, bot: "Bot wrote", agent: "Agent wrote" })[d.by] ?? "Customer wrote",
  "chat.handed_over": (d) => `Handed over${d.to ? ` to ${d.to === "bot" ? "the bot" : "an agent"}` : ""}`,
  "web_form.page_loaded": (d) => `Opened ${plain(d.page)}${d.load_ms ? ` in ${(d.load_ms / 1000).toFixed(1)} s` : ""}`,
  "web_form.viewed": (d) => `Saw the form ${plain(d.form_id)}`,
  "web_form.started": (d) => `Began the form ${plain(d.form_id)}`,
  "web_form.field_changed": (d) => `Filled in ${plain(d.field)}`,
  "web_form.field_failed": (d) => `Error at ${plain(d.field)}`,
  "survey.answered": (d) => `Scored ${d.score ?? "?"} (${String(d.metric ?? "survey").toUpperCase()})`,
  "ticket.opened": (d) => `Ticket opened${d.topic ? ` on ${plain(d.topic)}` : ""}`,
  "social.posted": (d) => `Posted${d.network ? ` on ${d.network}` : ""}`,
  "touchpoint.happened": (d) => [d.place, d.what].filter(Boolean).map(plain).join(": ") || "Touchpoint",
  // By any channel.
  abandoned: () => "Gave up",
  authenticated: (d) => (d.succeeded === false ? "Failed to prove who it is" : "Proved who it is"),
  ended: (d) => `It ended${d.resolved === true ? ", resolved" : d.resolved === false ? ", not resolved" : ""}`,
};
// Steps that cost the customer something, whether or not a rule calls them a friction.
const ROUGH = new Set([
  "ivr.input_failed", "call.transferred", "call.abandoned", "chat.transferred", "chat.abandoned",
  "web_form.field_failed", "web_form.submit_failed", "web_form.left", "ticket.reopened",
]);

// Names that run, or turn, from right to left stand by themselves.
const TURNS = /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff]/;
export function plain(name) {
  const text = String(name ?? "").replaceAll("_", " ").trim();
  return TURNS.test(text) ? `\u2068${text}\u2069` : text;
}
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export const kind = (name, number = 1) => (KINDS[name] ?? `${plain(name)}{s}`).replace("{s}", number === 1 ? "" : "s");
export const kindTitle = (name) => capital(kind(name));
export const channel = (name) => CHANNELS[name] ?? capital(plain(name));
export const isRough = (type) => ROUGH.has(type);

// "form:address#postcode" is "form address, field postcode".
export function touchpoint(text) {
  const [, type, rest] = /^([a-z]+):(.*)$/s.exec(text) ?? [null, "", text];
  if (type === "form") {
    const [form, field] = rest.split("#", 2);
    return `form ${plain(form)}${field ? `, field ${plain(field)}` : ""}`;
  }
  if (type === "channel") return `${channel(rest)} channel`;
  return type in PLACES ? `${PLACES[type]} ${plain(rest)}` : text;
}
export const touchpointTitle = (text) => capital(touchpoint(text));

export function step(one) {
  const words = STEPS[one.type] ?? STEPS[one.type.split(".").at(-1)];
  try {
    if (words) return words(one.data ?? {});
  } catch { /* Data of any shape may come; its name says enough. */ }
  return `${channel(one.channel)} ${plain(one.type.split(".").at(-1))}`;
}

export const identifier = (type) => ({ customer_id: "customer number", email: "e-mail" })[type] ?? plain(type);
export const goal = (name) => (name ? capital(plain(name)) : null);
// "3 long waits"
export const counted = (number, name) => `${number} ${kind(name, number)}`;
export const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;
