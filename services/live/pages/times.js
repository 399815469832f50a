// Times in the viewer's zone, with UTC in the title; durations in words.

import { h } from "./dom.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const exact = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });

export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone ?? "local time";
export const clockOf = (ms) => clock.format(ms);
export const exactOf = (ms) => exact.format(ms);
export const dayOf = (ms) =>
  (new Date(ms).getFullYear() === new Date().getFullYear() ? day : dayOfYear).format(ms);
export const isSameDay = (one, other) => new Date(one).toDateString() === new Date(other).toDateString();

// "14:03:22" of today, else "21 Nov 14:03".
export function shortOf(ms) {
  return isSameDay(ms, Date.now()) ? exactOf(ms) : `${dayOf(ms)} ${clockOf(ms)}`;
}

export function time(at, format = shortOf) {
  const ms = Date.parse(at);
  const utc = `${at.replace("T", " ").replace(/(\.\d+)?Z$/, "")} UTC`;
  return h("time", { datetime: at, title: utc }, Number.isNaN(ms) ? at : format(ms));
}

// "0:45", "4:20", "1:02:05": as a wall shows waits.
export function clockwise(seconds) {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

// The two largest units: "45 s", "3 min 20 s", "2 h 5 min", "3 d 4 h".
export function duration(seconds) {
  let rest = Math.max(0, Math.round(seconds));
  const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const first = units.findIndex(([size]) => rest >= size);
  if (first < 0) return "0 s";
  const parts = [];
  for (const [size, unit] of units.slice(first, first + 2)) {
    const number = Math.floor(rest / size);
    rest -= number * size;
    if (number) parts.push(`${number} ${unit}`);
  }
  return parts.join(" ");
}
