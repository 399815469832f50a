// What the page knows of change: one stream for all views, and polls that rest while nobody looks.

import { follow } from "./stream.js";

const listeners = new Set();

// What happened before the stream began, or while it was broken, is in the lists alone.
export const isGap = (event) => event === "resumed" || event === "reset";

export function listen(signal, listener) {
  listeners.add(listener);
  signal.addEventListener("abort", () => listeners.delete(listener));
}

export function start(onState) {
  const tell = (event, item) => listeners.forEach((listener) => listener(event, item));
  return follow(new AbortController().signal, tell, (state) => {
    onState(state);
    if (state === "live") tell("resumed", null);
  });
}

// Calls `task` now and every `seconds`; returns a function that calls it soon, many calls of it at once.
export function poll(signal, seconds, task) {
  let timer = 0;
  let due = 0;
  let isRunning = false;
  let isWanted = false;
  const at = (ms) => {
    if (signal.aborted || (due && due < Date.now() + ms)) return;
    clearTimeout(timer);
    due = Date.now() + ms;
    timer = setTimeout(run, ms);
  };
  const run = async () => {
    due = 0;
    if (signal.aborted) return;
    // The task that runs may have asked before that happened which this call wants shown.
    isWanted = isRunning;
    if (isRunning) return;
    isRunning = true;
    if (!document.hidden) await task().catch(() => {});
    isRunning = false;
    at(isWanted ? 0 : seconds * 1000);
  };
  document.addEventListener("visibilitychange", () => document.hidden || at(0), { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  run();
  return (ms = 1000) => at(ms);
}
