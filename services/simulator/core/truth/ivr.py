"""Callers who went round in the IVR, lost their way in it, or got out of it nowhere."""

from collections.abc import Iterator

from services.simulator.core.dice import SECOND
from services.simulator.core.tales import Menu, Tale
from services.simulator.core.truth.labels import Label, label, lasted

LOOP = 3
OPTIONS_MAX = 6
NODES_MAX = 4
IVR_MS = 180 * SECOND
FAILED = "ivr.input_failed"
STEPS = ("ivr.option_selected", FAILED, "ivr.authenticated")


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


def ivr_dead_end(tale: Tale, _now_ms: int | None) -> Iterator[Label]:
    """The line dropped, or he hung up because the last thing he tried had failed."""
    for ended in tale.of("ivr.ended"):
        reason, steps = ended.data["reason"], [said for said in tale.of(*STEPS) if said.at_ms < ended.at_ms]
        is_failure = reason == "customer_hangup" and bool(steps) and steps[-1].type == FAILED
        if is_failure or reason == "disconnected":
            evidence = [steps[-1], ended] if is_failure else [ended]
            yield label("ivr_dead_end", tale, ended.at_ms, last_node(tale, ended.at_ms), *evidence)


def last_node(tale: Tale, at_ms: int) -> str:
    """Where in the IVR he was then."""
    heard = [said for said in tale.events if said.type.startswith("ivr.") and said.at_ms <= at_ms]
    nodes = [said.data["node"] for said in heard if said.data.get("node")]
    return f"node:{nodes[-1]}" if nodes else "channel:ivr"
