"""Callers who went round in the IVR, or lost their way in it."""

from collections.abc import Iterator

from services.simulator.core.dice import SECOND
from services.simulator.core.tales import Menu, Tale
from services.simulator.core.truth.labels import Label, label, lasted

LOOP = 3
OPTIONS_MAX = 6
NODES_MAX = 4
IVR_MS = 180 * SECOND


def ivr_loop(tale: Tale, _now_ms: int | None) -> Iterator[Label]:
    for node in dict.fromkeys(menu.node for menu in tale.menus):
        times = [menu.said for menu in tale.menus if menu.node == node][:LOOP]
        if len(times) == LOOP:
            yield label("ivr_loop", tale, times[-1].at_ms, f"node:{node}", *times)


def ivr_maze(tale: Tale, now_ms: int | None) -> Iterator[Label]:
    """Too many options, too many menus, or too long: whichever he met first."""
    met = [*_too_many_options(tale), *_too_many_menus(tale), *_too_long(tale, now_ms)]
    if met:
        yield min(met, key=lambda one: one.at_ms)


def _too_many_options(tale: Tale) -> Iterator[Label]:
    large: Menu | None = next((menu for menu in tale.menus if menu.options > OPTIONS_MAX), None)
    if large is not None:
        yield label("ivr_maze", tale, large.said.at_ms, f"node:{large.node}", large.said)


def _too_many_menus(tale: Tale) -> Iterator[Label]:
    first: dict[str, Menu] = {}
    for menu in tale.menus:
        first.setdefault(menu.node, menu)
    many = list(first.values())[: NODES_MAX + 1]
    if len(many) > NODES_MAX:
        last = many[-1]
        yield label("ivr_maze", tale, last.said.at_ms, f"node:{last.node}", *(menu.said for menu in many))


def _too_long(tale: Tale, now_ms: int | None) -> Iterator[Label]:
    if tale.passage is not None:
        start, end = tale.passage
        if lasted(start, IVR_MS, end, now_ms):
            place = f"node:{tale.menus[0].node}" if tale.menus else "channel:ivr"
            yield label("ivr_maze", tale, start.at_ms + IVR_MS, place, start, end)
