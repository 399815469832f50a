// Tells Journeyline how people fare with the forms of a page: which field, never what was typed into it.
//
//   <script src="https://…/v1/form-tracker.js" data-key="jlp_…" async></script>
//
// data-consent="required": nothing is collected before journeyline.consent(true); the choice is remembered.
// data-journeyline-form, -field on an element: the name it is known by, instead of its id or name.
// data-journeyline-ignore on a form or a field: it is left alone.
// A script that validates or sends by itself may say so: journeyline.failed(element, why), .submitted(form),
// .submitFailed(form, why); what goes by the browser's own events, fetch or XMLHttpRequest is noticed.
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || window.journeyline) return;
  const options = script.dataset;
  const url = new URL("/v1/events", script.src) + "?key=" + encodeURIComponent(options.key || "");
  const FORMS = "form, [data-journeyline-form]";
  const SESSION_MS = 30 * 60 * 1000;
  const QUEUE_MAX = 200;
  const SUBMIT_MS = 2000;

  // Storage may be forbidden: then a visit is all that is known.
  const stored = (area, name, value) => {
    try {
      if (value === undefined) return window[area].getItem(name);
      if (value === null) window[area].removeItem(name);
      else window[area].setItem(name, value);
    } catch {}
    return null;
  };
  const unique = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  // ------------------------------------------------------------------ consent
  const asked = options.consent === "required" || navigator.globalPrivacyControl === true;
  let isGranted = (stored("localStorage", "journeyline-consent") || (asked ? "no" : "yes")) === "yes";
  let visitor;
  const visitorId = () => {
    visitor = visitor || stored("localStorage", "journeyline-visitor") || unique();
    stored("localStorage", "journeyline-visitor", visitor);
    return visitor;
  };

  // ------------------------------------------------------------------ sending
  let queue = [];
  let timer = 0;
  let sequence = 0;
  let pauseMs = 0;
  let aheadMs = 0; // of the server's clock
  let isSending = false;

  const tell = (type, subject, data) => {
    if (!isGranted) return;
    const identifiers = { visitor_id: visitorId() };
    const page = location.pathname;
    queue.push({
      specversion: "1.0",
      id: unique(),
      source: "web:" + location.host,
      type: "web_form." + type,
      at: Date.now(),
      sequence: String(++sequence),
      subject,
      data: { ...data, page, identifiers },
    });
    if (queue.length > QUEUE_MAX) queue.shift();
    schedule(pauseMs || 500);
  };
  const schedule = (ms) => {
    if (!timer) timer = setTimeout(send, ms);
  };
  const body = (events) =>
    JSON.stringify(events.map(({ at, ...event }) => ({ ...event, time: new Date(at + aheadMs).toISOString() })));

  const send = async () => {
    timer = 0;
    if (isSending || !queue.length) return;
    const events = queue.splice(0, 50);
    isSending = true;
    try {
      const answer = await nativeFetch(url, {
        method: "POST",
        body: body(events), // a text, so that the browser need not ask beforehand
        keepalive: true,
        credentials: "omit",
        referrerPolicy: "no-referrer",
      });
      pauseMs = 0;
      if (answer.status === 429 || answer.status >= 500) again(events, answer.headers.get("Retry-After") * 1000);
      else if (answer.ok) await checkClock(events, answer);
    } catch {
      again(events, 0);
    }
    isSending = false;
    if (queue.length) schedule(pauseMs);
  };
  const again = (events, ms) => {
    pauseMs = ms || Math.min(2 * pauseMs || 1000, 60000);
    queue = events.concat(queue).slice(-QUEUE_MAX);
  };
  // A clock that is fast sends from the future, which is refused: once it is known, they go again.
  const checkClock = async (events, answer) => {
    const server = Date.parse(answer.headers.get("Date"));
    const before = aheadMs;
    if (server && Math.abs(server - Date.now()) > 5000) aheadMs = server - Date.now();
    if (aheadMs === before) return;
    const { quarantined } = await answer.json();
    const refused = quarantined.filter((one) => one.reason === "in_future").map((one) => events[one.index]);
    queue = refused.concat(queue);
  };
  // The page may be gone the next moment: what is left goes by beacon.
  const sendLast = () => {
    if (!queue.length) return;
    const events = queue.splice(0);
    if (!navigator.sendBeacon || !navigator.sendBeacon(url, body(events))) queue = events;
  };

  // ------------------------------------------------------------------ forms
  const sessions = new Map(); // form's name -> what is known of it on this page
  const isIgnored = (element) => element.closest("[data-journeyline-ignore]");
  const nameOf = (form) =>
    form.dataset.journeylineForm || form.id || form.getAttribute("name") || form.getAttribute("action") || "form";
  const fieldOf = (field) =>
    field.dataset.journeylineField || field.getAttribute("name") || field.id || field.type || "field";

  const sessionOf = (form) => {
    const name = nameOf(form).slice(0, 200);
    const key = "journeyline-form-" + name;
    let session = sessions.get(name);
    if (!session) {
      // The next page of a form in several pages goes on with it.
      const [subject, at] = (stored("sessionStorage", key) || "").split(" ");
      const isFresh = subject && Date.now() - at < SESSION_MS;
      session = { form_id: name, subject: isFresh ? subject : unique(), key };
      sessions.set(name, session);
    }
    stored("sessionStorage", key, isGranted ? session.subject + " " + Date.now() : null);
    return session;
  };
  const tellOf = (form, type, data) => {
    const session = sessionOf(form);
    session.isLeft = false;
    tell(type, session.subject, { form_id: session.form_id, ...data });
    return session;
  };
  const end = (form) => {
    const session = tellOf(form, "submitted");
    stored("sessionStorage", session.key, null);
    sessions.delete(session.form_id);
  };
  const start = (form) => {
    const session = sessionOf(form);
    if (!session.isStarted) {
      session.isStarted = true;
      tellOf(form, "started");
    }
    return session;
  };
  const changed = (form, field) => {
    const session = start(form);
    if (session.changing === field) return;
    session.changing = field;
    tellOf(form, "field_changed", { field: fieldOf(field) });
  };
  const failed = (form, field, error) => tellOf(form, "field_failed", { field: fieldOf(field), error });

  const on = (type, act) =>
    document.addEventListener(
      type,
      (event) => {
        const element = event.composedPath()[0];
        const form = element.closest && element.closest(FORMS);
        if (isGranted && form && !isIgnored(element)) act(form, element, event);
      },
      true,
    );
  const isField = (element) => /^(input|select|textarea)$/i.test(element.tagName) || element.isContentEditable;
  const isButton = (element) => /^(submit|button|reset|image)$/.test(element.type);

  on("focusin", (form, element) => {
    if (!isField(element) || isButton(element)) return;
    start(form).changing = null;
  });
  // At the first key: who leaves in the middle of a field never brings the browser to say `change`.
  on("input", changed);
  on("change", changed);
  on("invalid", (form, element) => {
    const why = [];
    for (const name in element.validity) if (element.validity[name] && name !== "valid") why.push(name);
    failed(form, element, why[0] || "invalid");
  });

  // ------------------------------------------------------------------ submits
  let submit = null; // that a script has taken over, and that a request may follow
  on("submit", (form, _, event) => {
    submit = { form, at: Date.now() };
    // After the page's own listeners: without them the browser sends, and leaves the page.
    setTimeout(() => {
      if (!event.defaultPrevented) end(form);
    });
  });
  const requestOf = (method) => {
    if (!isGranted || !submit || /^(get|head)$/i.test(method || "get") || Date.now() - submit.at > SUBMIT_MS) return null;
    const { form } = submit;
    submit = null;
    return (status) => {
      if (status >= 200 && status < 400) end(form);
      else tellOf(form, "submit_failed", { error: status ? "http " + status : "network" });
    };
  };
  const nativeFetch = window.fetch.bind(window);
  window.fetch = function (input, init) {
    const done = requestOf((init && init.method) || (input && input.method));
    const answer = nativeFetch(input, init);
    if (done) answer.then((got) => done(got.status), () => done(0));
    return answer;
  };
  const { open, send: sendRequest } = XMLHttpRequest.prototype;
  const methods = new WeakMap();
  XMLHttpRequest.prototype.open = function (method) {
    methods.set(this, method);
    return open.apply(this, arguments);
  };
  XMLHttpRequest.prototype.send = function () {
    const done = requestOf(methods.get(this));
    if (done) this.addEventListener("loadend", () => done(this.status));
    return sendRequest.apply(this, arguments);
  };

  // ------------------------------------------------------------------ coming and going
  const leave = () => {
    for (const session of sessions.values()) {
      if (!session.isStarted || session.isLeft) continue;
      session.isLeft = true;
      tell("left", session.subject, { form_id: session.form_id });
    }
    sendLast();
  };
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && leave());
  addEventListener("pagehide", leave);

  const seen = new WeakSet();
  const watcher = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || !isGranted || seen.has(target)) continue;
      seen.add(target);
      watcher.unobserve(target);
      tellOf(target, "viewed");
    }
  });
  const watch = (node) => {
    const forms = node.querySelectorAll ? [...node.querySelectorAll(FORMS)] : [];
    if (node.matches && node.matches(FORMS)) forms.push(node);
    for (const form of forms) if (!seen.has(form) && !isIgnored(form)) watcher.observe(form);
  };
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "childList") addedNodes.forEach(watch);
      else if (target.getAttribute("aria-invalid") === "true") {
        const form = target.closest(FORMS);
        if (isGranted && form && !isIgnored(target)) failed(form, target, "invalid");
      }
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-invalid"] });

  const tellPage = () => {
    const [timing] = performance.getEntriesByType("navigation");
    if (timing) tell("page_loaded", unique(), { load_ms: Math.round(timing.loadEventEnd - timing.startTime) });
  };
  const begin = () => {
    watch(document);
    if (document.readyState === "complete") tellPage();
    else addEventListener("load", () => setTimeout(tellPage));
  };
  if (isGranted) begin();

  window.journeyline = {
    consent(granted) {
      stored("localStorage", "journeyline-consent", granted ? "yes" : "no");
      if (granted === isGranted) return;
      isGranted = granted;
      if (granted) return begin();
      queue = [];
      sessions.clear();
      visitor = undefined;
      stored("localStorage", "journeyline-visitor", null);
    },
    failed: (element, why) => isGranted && failed(element.closest(FORMS), element, why),
    submitted: (form) => isGranted && end(form),
    submitFailed: (form, why) => isGranted && tellOf(form, "submit_failed", { error: why }),
  };
})();
