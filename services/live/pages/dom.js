// Builds elements. Text becomes text nodes, never markup: what customers write stays what they wrote.

const SVG = "http://www.w3.org/2000/svg";

function build(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(3)) {
    if (child !== null && child !== undefined && child !== false && child !== "") node.append(child);
  }
  return node;
}

export const h = (tag, props, ...children) => build(document.createElement(tag), props, children);
export const s = (tag, props, ...children) => build(document.createElementNS(SVG, tag), props, children);

const FOCUSABLE = "a[href], button, input, summary";

// Shows items in a list: what did not change stays the same element, and focus stays where it was.
export function fill(list, items, keyOf, render) {
  const old = new Map([...list.children].map((node) => [node.itemKey, node]));
  const active = document.activeElement;
  const holder = [...list.children].find((node) => node.contains(active));
  const place = holder ? [...holder.querySelectorAll(FOCUSABLE)].indexOf(active) : -1;
  const next = items.map((item) => {
    const key = keyOf(item);
    const content = JSON.stringify(item);
    const held = old.get(key);
    if (held?.itemContent === content) return held;
    const node = render(item, !held);
    node.itemKey = key;
    node.itemContent = content;
    return node;
  });
  const isSame = next.length === list.children.length && next.every((node, n) => node === list.children[n]);
  if (isSame) return;
  list.replaceChildren(...next);
  if (!holder || document.activeElement === active) return;
  const successor = next.find((node) => node.itemKey === holder.itemKey);
  successor?.querySelectorAll(FOCUSABLE)[place]?.focus({ preventScroll: true });
}

const nameOf = (node) => `${node.closest("[data-key]")?.dataset.key} ${node.textContent.replace(/\d+/g, "")}`;

// Draws anew; what is open stays open, and focus stays on what is called the same.
export function redraw(body, nodes) {
  const open = new Set([...body.querySelectorAll("details[open] > summary")].map(nameOf));
  const held = body.contains(document.activeElement) ? nameOf(document.activeElement) : null;
  body.replaceChildren(...nodes);
  for (const summary of body.querySelectorAll("summary")) summary.parentNode.open = open.has(nameOf(summary));
  if (held) [...body.querySelectorAll(FOCUSABLE)].find((node) => nameOf(node) === held)?.focus({ preventScroll: true });
}

// Makes `node` the only content, unless it is.
export function put(box, node) {
  if (box.childNodes.length !== 1 || box.firstChild !== node) box.replaceChildren(...(node ? [node] : []));
}

export const journeyLink = (id, text = "See the journey") => h("a", { href: `#/journey/${encodeURIComponent(id)}` }, text);
export const customerLink = (key) =>
  h("a", { href: `#/customer/${encodeURIComponent(key)}` }, `Customer ${key.length > 12 ? `${key.slice(0, 8)}…` : key}`);
export const quiet = (text) => h("p", { class: "quiet" }, text);
export const section = (title, ...content) => h("section", {}, h("h2", {}, title), content);
export const fold = (title, ...content) => h("details", { class: "taken" }, h("summary", {}, title), content);
export const back = () => h("p", { class: "back" }, h("a", { href: "#/" }, "Back to now"));

// Choices of which one holds, each with its address.
export function ranges(label, chosen, options, addressOf) {
  return h("nav", { class: "ranges", "aria-label": label }, options.map(([value, name]) =>
    h("a", { href: addressOf(value), "aria-current": value === chosen ? "true" : null }, name)));
}

// A table that may be wider than the screen.
export const wide = (label, table) => h("div", { class: "wide", tabindex: 0, role: "region", "aria-label": label }, table);

export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export const skeleton = (lines) =>
  h("div", { class: "skeleton", "aria-hidden": "true" }, Array.from({ length: lines }, () => h("span")));

export function empty(title, detail) {
  return h("div", { class: "empty" }, h("p", { class: "empty-title" }, title), detail && h("p", {}, detail));
}

export function failure(error, again) {
  return h(
    "div", { class: "empty failed", role: "alert" },
    h("p", { class: "empty-title" }, error.title),
    h("p", {}, error.message),
    again && h("button", { type: "button", click: again }, "Try again"),
  );
}
