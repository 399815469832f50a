// Small bars: one a window, the one that is now last and marked, the usual as a dashed line.

import { s } from "./dom.js";

const WIDTH = 9;
const GAP = 2;
const HEIGHT = 36;

export function bars(history, usual) {
  const top = Math.max(...history, (usual ?? 0) * 1.2, 4);
  const y = (number) => HEIGHT - (number / top) * (HEIGHT - 2);
  const width = history.length * (WIDTH + GAP) - GAP;
  return s(
    "svg", { class: "bars", viewBox: `0 0 ${width} ${HEIGHT + 1}`, preserveAspectRatio: "xMinYMid", "aria-hidden": "true" },
    history.map((number, n) =>
      s("rect", {
        x: n * (WIDTH + GAP), width: WIDTH, rx: 1,
        y: number ? y(number) : HEIGHT - 1, height: number ? HEIGHT - y(number) : 1,
        class: n === history.length - 1 ? "bar-now" : number ? "bar" : "bar-none",
      }),
    ),
    usual !== null && usual > 0 && s("line", { x1: 0, x2: width, y1: y(usual), y2: y(usual), class: "bar-usual" }),
  );
}
