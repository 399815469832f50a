// Finds a customer by whatever is typed. What was typed stays out of the address: it may be a phone number.

import { get } from "./api.js";
import { empty, failure, h, skeleton } from "./dom.js";

let typed = "";

export function searchForm() {
  const form = document.getElementById("search");
  const input = document.getElementById("query");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    typed = input.value.trim();
    if (!typed) return;
    if (location.hash === "#/search") dispatchEvent(new HashChangeEvent("hashchange"));
    else location.hash = "#/search";
  });
  input.addEventListener("keydown", (event) => {
    // Esc empties the field first; only then it leads back.
    if (event.key === "Escape" && input.value) {
      event.preventDefault();
      input.value = "";
    }
  });
}

// Of several identifiers the service takes the strongest that is known: ask for all at once.
function guesses(text) {
  if (text.includes("@")) return { email: text, customer_id: text, account_id: text };
  const isPhone = /^\+?[\d\s().\/-]{5,}$/.test(text);
  return { customer_id: text, account_id: text, ...(isPhone && { phone: text }), visitor_id: text, device_id: text };
}

async function find(text, signal) {
  const paths = [["lookup", guesses(text)], [encodeURIComponent(text), {}]];
  for (const [name, query] of paths) {
    try {
      return (await get(`/v1/customers/${name}`, query, { signal })).customer_key;
    } catch (error) {
      if (error.status !== 404) throw error;
    }
  }
  return null;
}

export function searchView(_, signal) {
  const text = typed;
  const body = h("div", {}, text ? skeleton(3) : empty("Whom do you look for?", "Type a phone number, an e-mail or a customer number above."));
  const run = async () => {
    body.replaceChildren(skeleton(3));
    try {
      const found = await find(text, signal);
      if (found) location.replace(`#/customer/${encodeURIComponent(found)}`);
      else {
        body.replaceChildren(empty(`Nobody is known by “${text}”.`,
          "Phone numbers are known with their country code, like +1 415 555 0101."));
      }
    } catch (error) {
      if (!signal.aborted) body.replaceChildren(failure(error, run));
    }
  };
  if (text) run();
  return { title: "Search", element: h("div", { class: "view" }, h("h1", {}, "Find a customer"), body) };
}
