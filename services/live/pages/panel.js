// A panel of the front page: its heading, what it asks for and how often, its states, how fresh it is.

import { h, put, say } from "./dom.js";
import { isGap, listen, poll } from "./live.js";
import { exactOf } from "./times.js";

// `read` shows what is so now, and soon again at news of `about`; `failed` may show in its own way that it
// could not since it last could, and answers true then.
export function panel(id, title, note, { body, signal, seconds, read, about, failed = () => false, around = [] }) {
  const state = h("p", { class: "panel-state", role: "status" });
  const element = h(
    "section", { class: `panel panel-${id}`, "aria-labelledby": `${id}-title` },
    h("header", {}, h("h2", { id: `${id}-title` }, title), note && h("p", { class: "note" }, note)),
    state, body, around,
  );
  let freshAt = null;
  const soon = poll(signal, seconds, async () => {
    try {
      await read();
      freshAt = Date.now();
      element.classList.remove("stale");
      say(state, "");
    } catch (error) {
      if (signal.aborted || failed(error, freshAt)) return;
      element.classList.add("stale");
      if (freshAt === null) put(body, null);
      say(state, freshAt ? `No answer since ${exactOf(freshAt)}. Below is what was then.` : error.message);
    }
  });
  listen(signal, (event) => (isGap(event) || event === about) && soon());
  return { element, soon };
}
