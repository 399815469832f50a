// A time axis that a journey of a week fits on: within an episode a wait looks longer than a click,
// and the long silence between episodes is a short, marked break. Pure: times in, places out.

export const BREAK_SECONDS = 1800;
const BREAK_WIDTH = 76;
const STEP_WIDTH_MIN = 13;
const STEP_WIDTH_MAX = 170;
const WIDTH_OF_ROOT_SECOND = 5;

function widthOf(seconds) {
  return Math.min(STEP_WIDTH_MAX, Math.max(STEP_WIDTH_MIN, WIDTH_OF_ROOT_SECOND * Math.sqrt(seconds)));
}

// `times` in ms. Answers x(ms), the whole width, the breaks, and where each episode begins.
export function compress(times, widthMin = 0) {
  const stops = [...new Set(times)].sort((a, b) => a - b);
  const widths = stops.slice(1).map((ms, n) => {
    const seconds = (ms - stops[n]) / 1000;
    return seconds > BREAK_SECONDS ? BREAK_WIDTH : widthOf(seconds);
  });
  const natural = widths.reduce((sum, width) => sum + width, 0);
  const factor = natural ? Math.min(6, Math.max(1, widthMin / natural)) : 1;
  const places = [0];
  widths.forEach((width, n) => places.push(places[n] + width * factor));
  const breaks = [];
  widths.forEach((_, n) => {
    const ms = stops[n + 1] - stops[n];
    if (ms > BREAK_SECONDS * 1000) breaks.push({ from: places[n], to: places[n + 1], ms });
  });
  return { x: (ms) => placeOf(ms, stops, places), width: places.at(-1), breaks, stops };
}

function placeOf(ms, stops, places) {
  if (ms <= stops[0]) return places[0];
  if (ms >= stops.at(-1)) return places.at(-1);
  let low = 0;
  let high = stops.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (stops[middle] <= ms) low = middle;
    else high = middle;
  }
  return places[low] + ((ms - stops[low]) / (stops[high] - stops[low])) * (places[high] - places[low]);
}
