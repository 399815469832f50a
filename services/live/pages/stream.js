// The event stream, read by fetch since EventSource cannot send a key. Resumes after a break where it was.

import { authorised, unlock } from "./api.js";

const SILENCE_MS = 40000; // The service speaks every 15 s.
const RETRY_MS = [500, 1000, 2000, 5000, 10000];

// Hands on each event, tells when it is live or broken, ends with the signal.
export async function follow(signal, onEvent, onState) {
  let last = null;
  for (let tries = 0; !signal.aborted; tries += 1) {
    const link = new AbortController();
    const stop = () => link.abort();
    signal.addEventListener("abort", stop);
    try {
      const used = authorised().Authorization?.slice(7) ?? "";
      const headers = authorised(last === null ? {} : { "Last-Event-ID": last });
      const answer = await fetch("/v1/stream", { headers, signal: link.signal, cache: "no-store" });
      if (answer.status === 401) await unlock(used);
      if (answer.ok) {
        onState("live");
        for await (const event of events(answer.body, link)) {
          tries = 0;
          if (event.id) last = event.id;
          if (event.data) onEvent(event.event, JSON.parse(event.data));
        }
      }
    } catch {
      // Told below: whatever broke it, it is tried again.
    }
    signal.removeEventListener("abort", stop);
    link.abort();
    if (signal.aborted) return;
    onState("broken");
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]));
  }
}

async function* events(body, link) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const watchdog = setTimeout(() => link.abort(), SILENCE_MS);
    const { value, done } = await reader.read().finally(() => clearTimeout(watchdog));
    if (done) return;
    const blocks = (rest + value.replaceAll("\r", "")).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) yield parsed(block);
  }
}

function parsed(block) {
  const event = { event: "message", id: null, data: "" };
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon < 1) continue;
    const value = line.slice(colon + 1).replace(/^ /, "");
    const name = line.slice(0, colon);
    if (name === "data") event.data += event.data ? `\n${value}` : value;
    else event[name] = value;
  }
  return event;
}
