// What hurts now: kinds and touchpoints against their usual, the farthest above first.

import { get } from "./api.js";
import { bars } from "./bars.js";
import { empty, fill, h, put, say, skeleton } from "./dom.js";
import { panel } from "./panel.js";
import { exactOf } from "./times.js";
import { count, counted, kindTitle, touchpointTitle } from "./words.js";

const SHOWN = 8;
const ARE_ABOVE = new Set(["far_above", "above"]);

function usualWords(usual) {
  if (usual === null) return "no usual yet";
  if (usual === 0) return "usually none";
  if (usual < 0.5) return "usually almost none";
  return `usually ${usual < 10 ? Math.round(usual * 10) / 10 : Math.round(usual)}`;
}

function levelWords(hurt) {
  if (hurt.level === "new") return "New";
  if (hurt.level === "as_usual") return hurt.usual < 0.5 ? "Isolated" : "As usual";
  const times = hurt.usual >= 0.5 ? Math.round(hurt.now / hurt.usual) : 0;
  if (times >= 2) return `${times} × usual`;
  return hurt.level === "far_above" ? "Far above usual" : "Above usual";
}

function row(hurt) {
  const query = new URLSearchParams({ kind: hurt.kind, touchpoint: hurt.touchpoint, minutes: 15 });
  return h(
    "li", { class: `hurt level-${hurt.level}` },
    h(
      "a", { href: `#/frictions?${query}` },
      h("span", { class: "hurt-number" }, String(hurt.now), h("span", { class: "sr" }, " times at ")),
      h("span", { class: "hurt-what" },
        h("strong", {}, touchpointTitle(hurt.touchpoint)), " ",
        h("span", {}, `${kindTitle(hurt.kind)}, ${usualWords(hurt.usual)}`)),
      h("span", { class: "hurt-tags" },
        h("span", { class: `level tag-${hurt.level}` }, levelWords(hurt)),
        h("span", { class: `severity severity-${hurt.severity}` }, hurt.severity)),
      h("span", { class: "hurt-bars" }, bars(hurt.history, hurt.usual)),
    ),
  );
}

// What can be read from across the room: mood, where, what, and what else.
function verdict(items, minutes) {
  const above = items.filter((hurt) => ARE_ABOVE.has(hurt.level));
  const total = items.reduce((sum, hurt) => sum + hurt.now, 0);
  const [top] = items;
  if (!top) return ["calm", "Nothing hurts right now.", "", `No friction in the last ${minutes} minutes.`];
  const what = `${counted(top.now, top.kind)} in ${minutes} minutes`;
  const place = touchpointTitle(top.touchpoint);
  if (top.level === "new") {
    return ["new", place, `: ${what}.`, "No usual to compare with yet: the first minutes of data."];
  }
  if (!above.length) {
    const all = `${count(total, "friction")} in the last ${minutes} minutes, all within what is usual there.`;
    return ["calm", "Nothing hurts more than usual.", "", all];
  }
  const more = above.length - 1;
  const others = more ? `${count(more, "more place is", "more places are")} above usual.` : "Nothing else is above its usual.";
  return ["hurting", `${place} hurts`, `: ${what}, ${usualWords(top.usual)}.`, others];
}

export function hurtsPanel(signal) {
  const place = h("span", { class: "verdict-place" }, "Looking at the last 15 minutes…");
  const what = h("span");
  const sub = h("p", { class: "verdict-sub" });
  const banner = h("div", { class: "verdict", role: "status", "data-mood": "loading" }, h("p", { class: "verdict-line" }, place, what), sub);
  const list = h("ol", { class: "hurts" });
  const body = h("div", {}, skeleton(5));
  const more = h("p", { class: "more" });
  const tell = (mood, ...texts) => {
    banner.dataset.mood = mood;
    [place, what, sub].forEach((node, n) => say(node, texts[n]));
  };

  async function read() {
    const { items, window_minutes: minutes, stands_since: since } = await get("/v1/hurts", {}, { signal });
    if (since) {
      tell("stale", "Nothing new is understood", ` since ${exactOf(Date.parse(since))}.`,
        "Events arrive, but the journey builder stands still. What is below was so then.");
    } else tell(...verdict(items, minutes));
    fill(list, items.slice(0, SHOWN), (hurt) => `${hurt.kind} ${hurt.touchpoint}`, row);
    put(body, items.length ? list : empty("All quiet.", "As soon as a customer is made to struggle, it shows here."));
    const hidden = items.length - SHOWN;
    put(more, hidden > 0 ? h("a", { href: "#/frictions?minutes=15" }, `${count(hidden, "more place")}, all frictions`) : null);
  }

  const failed = (error, freshAt) => {
    if (freshAt === null) tell("failed", "This page cannot see the contact centre.", "", error.message);
    else tell("stale", place.textContent, what.textContent, `So it was at ${exactOf(freshAt)}. ${error.message}`);
    return false;
  };
  const { element } = panel("hurts", "What hurts now", "Last 15 minutes; bars: the last 4 hours",
    { body, signal, seconds: 10, read, about: "friction", failed, around: more });
  return { banner, element };
}
