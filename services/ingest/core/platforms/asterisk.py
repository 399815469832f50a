"""Asterisk: lines of `queue_log` and events of the manager interface, as `journeyline forward` posts them."""

from collections.abc import Callable
from typing import Any

from services.ingest.core.platforms import asterisk_manager
from services.ingest.core.platforms.context import Context, Event, SetAside, hashed
from services.ingest.core.platforms.delivery import Delivery, Unreadable
from services.ingest.core.platforms.platform import Answer, Item, Platform, read_json
from services.ingest.core.signatures import check_token

TEXT = "text/plain"
#: In the place of a call's id where a line is about no call.
_NO_CALL = frozenset({"", "NONE", "REALTIME", "MANAGER"})

Written = tuple[str, dict[str, Any]]


def read(delivery: Delivery) -> list[Item]:
    """Text: one line of `queue_log` or one block `Name: value` each. Or the same as JSON."""
    if delivery.media_type == "application/json":
        return read_json(delivery)
    try:
        text = delivery.body.decode()
    except UnicodeDecodeError:
        raise Unreadable("the text is not UTF-8") from None
    items = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line for line in block.split("\n") if line.strip()]
        if not lines:
            continue
        if _is_queue_log(lines[0]):
            items += [Item(line, line.encode(), TEXT) for line in lines]
        else:
            items.append(Item(asterisk_manager.fields_of(lines), "\n".join(lines).encode(), TEXT))
    if not items:
        raise Unreadable("there is no line in it")
    return items


def _is_queue_log(line: str) -> bool:
    epoch, _, rest = line.partition("|")
    return epoch.strip().replace(".", "", 1).isdigit() and rest.count("|") >= 3


def translate(payload: Any, context: Context) -> list[Event]:
    if isinstance(payload, str):
        return _of_line(payload, context)
    return asterisk_manager.translate(payload, context)


def _of_line(line: str, context: Context) -> list[Event]:
    """`epoch|callid|queue|agent|EVENT|parameter|…`"""
    epoch, call, queue, agent, kind, *parameters = line.strip().split("|")
    writer = _WRITERS.get(kind)
    if writer is None or call in _NO_CALL:
        raise SetAside(f"queue_log.{kind}", "about no call, or a kind that says nothing of a journey")
    name, said = writer([*parameters, "", "", "", "", ""], context)
    shared: dict[str, Any] = {"queue": context.name(queue if queue != "NONE" else None)}
    if name in ("call.answered", "call.ended", "call.agent_missed") and agent != "NONE":
        shared["agent"] = context.name(agent)
    if name == "call.transferred":
        shared = {"from_queue": shared["queue"]} | (
            {"from_agent": context.name(agent)} if agent != "NONE" else {}
        )
    at_us = context.moment(epoch)
    # The whole line names it: sent again it is the same.
    event_id = f"{call}/{kind.lower()}/{hashed(line.strip())[:16]}"
    return [context.event(name, at_us, event_id, context.source("asterisk"), call, shared | said)]


def _enter(parameters: list[str], context: Context) -> Written:
    return "call.queued", {"identifiers": context.identifiers(phone=parameters[1])}


def _answered(_parameters: list[str], _context: Context) -> Written:
    return "call.answered", {}


def _abandoned(_parameters: list[str], _context: Context) -> Written:
    return "call.abandoned", {}


def _ended(by: str) -> Callable[[list[str], Context], Written]:
    return lambda _parameters, _context: ("call.ended", {"ended_by": by})


def _left(how: str) -> Callable[[list[str], Context], Written]:
    """Out of the queue without an agent, and on through the dial plan: the wait is over, the call is not."""
    return lambda parameters, _context: (
        "call.transferred", {"how": how, "key": parameters[0] if how == "key" else None}
    )  # fmt: skip


def _transferred(kind: str) -> Callable[[list[str], Context], Written]:
    def write(parameters: list[str], context: Context) -> Written:
        # Blind: extension and context. Attended: how it was bridged, and to what.
        to = parameters[0] if kind == "cold" else parameters[1]
        return "call.transferred", {"kind": kind, "to_queue": context.connection.names.get(to), "to": to}

    return write


def _missed(parameters: list[str], _context: Context) -> Written:
    return "call.agent_missed", {"rung_ms": parameters[0]}


_WRITERS: dict[str, Callable[[list[str], Context], Written]] = {
    "ABANDON": _abandoned,
    "ATTENDEDTRANSFER": _transferred("warm"),
    "BLINDTRANSFER": _transferred("cold"),
    "COMPLETEAGENT": _ended("agent"),
    "COMPLETECALLER": _ended("customer"),
    "CONNECT": _answered,
    "ENTERQUEUE": _enter,
    "EXITEMPTY": _left("empty"),
    "EXITWITHKEY": _left("key"),
    "EXITWITHTIMEOUT": _left("timeout"),
    "RINGCANCELED": _missed,
    "RINGNOANSWER": _missed,
    "TRANSFER": _transferred("cold"),
}

ASTERISK = Platform(
    name="asterisk", check=check_token, translate=translate, read=read, answer=Answer(200, b"{}")
)
