// Calls to the read side and to the alerts service, with the key where one is set; failures in a sentence.

import { ask } from "./key.js";

const KEY = "journeyline.key";
let asking = null;

export class Failure extends Error {
  constructor(title, message, status = 0) {
    super(message);
    this.title = title;
    this.status = status;
  }
}

const held = () => sessionStorage.getItem(KEY) ?? "";

export function authorised(headers = {}) {
  return held() ? { ...headers, Authorization: `Bearer ${held()}` } : headers;
}

// Asks once for all calls that were refused meanwhile.
export async function unlock(refused, why = refused && "That key was not accepted.") {
  if (held() !== refused) return;
  asking ??= ask(why).then((value) => sessionStorage.setItem(KEY, value)).finally(() => (asking = null));
  await asking;
}

export async function call(url, { headers, signal, timeout = 15000, ...options } = {}) {
  for (;;) {
    const used = held();
    const answer = await reach(url, { ...options, headers: authorised(headers) }, timeout, signal);
    const refused = answer.status === 403 && used && await answer.clone().json().catch(() => null);
    // Nothing is shown to a key that may not read.
    const isBlind = refused && !options.method && / no scope read/.test(refused.detail);
    if (answer.status !== 401 && !isBlind) return read(answer);
    await unlock(used, isBlind ? refused.detail : undefined);
  }
}

export function get(path, query = {}, options = {}) {
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== null && value !== undefined));
  return call(asked.size ? `${path}?${asked}` : path, options);
}

export function post(url, body) {
  return call(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

async function reach(url, options, timeout, signal) {
  const limit = AbortSignal.timeout(timeout);
  try {
    return await fetch(url, { ...options, signal: signal ? AbortSignal.any([signal, limit]) : limit });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failure("No answer.", "The service does not answer. This page tries again by itself.");
  }
}

async function read(answer) {
  const body = await answer.json().catch(() => null);
  if (answer.ok) return body;
  throw new Failure(answer.status === 404 ? "Not here." : "That did not work.", body?.detail ?? `It answered ${answer.status}.`, answer.status);
}
