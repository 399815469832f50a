// A view of one thing: read now, when the stream tells of it, and now and then; drawn again only if it changed.

import { back, failure, h, redraw, skeleton } from "./dom.js";
import { isGap, listen, poll } from "./live.js";

// `read` answers the data; `draw(data, body)` its title and content; `isMine` says which news are about it.
export function oneView(name, signal, setTitle, { read, draw, isMine }) {
  const body = h("div", {}, skeleton(9));
  let shown = "";
  const soon = poll(signal, 60, async () => {
    try {
      const data = await read();
      const content = JSON.stringify(data);
      // Left alone while nothing has changed: somebody reads.
      if (content === shown) return;
      const [title, nodes] = draw(data, body);
      setTitle(title);
      redraw(body, nodes.flat().filter(Boolean));
      shown = content;
    } catch (error) {
      if (!signal.aborted && !shown) body.replaceChildren(h("h1", {}, name), failure(error, () => soon(0)));
    }
  });
  listen(signal, (event, item) => (isGap(event) || isMine(item)) && soon());
  return { title: name, element: h("div", { class: "view" }, back(), body) };
}
