"""Events by hand: a type, the seconds since T0, and what it says."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from .contacts import frictions
from .event import Raw
from .friction import Friction

T0 = datetime(2026, 1, 1, tzinfo=UTC)
PBX = "//acme/pbx"
MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60
MS = 0.001


def stamp(seconds: float) -> str:
    return (T0 + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def us(seconds: float) -> int:
    return int(T0.timestamp()) * 1_000_000 + round(seconds * 1_000_000)


def event(type_: str, seconds: float, subject: str = "c1", **data: Any) -> dict[str, Any]:
    """Its id is `<subject>:<type>@<seconds>`."""
    return {
        "specversion": "1.0",
        "id": f"{subject}:{type_}@{seconds:g}",
        "source": PBX,
        "type": type_,
        "time": stamp(seconds),
        "subject": subject,
        "data": data,
    }


def mine(
    events: Iterable[dict[str, Any]], customer: str = "ann", goal: str | None = None
) -> list[dict[str, Any]]:
    """The same events, of this customer and with this goal."""
    brought = {"identifiers": {"customer_id": customer}} | ({} if goal is None else {"goal": goal})
    return [one | {"data": one["data"] | brought} for one in events]


def call(subject: str, seconds: float, ended: float, **data: Any) -> list[dict[str, Any]]:
    """An inbound call that a person answered."""
    started = event("call.started", seconds, subject, **data)
    return [started, event("call.answered", seconds, subject), event("call.ended", ended, subject)]


def found(kind: str, events: Iterable[Raw], clock: float | None = None) -> list[Friction]:
    """Of one kind, in order of moment."""
    raised = frictions(events, None if clock is None else us(clock))
    return sorted((one for one in raised if one.kind == kind), key=lambda one: (one.at_ms, one))


def moments(kind: str, events: Iterable[Raw], clock: float | None = None) -> list[float]:
    return [one.at_ms / 1000 - T0.timestamp() for one in found(kind, events, clock)]


def entered(nodes: str, gap: float = 1, subject: str = "c1") -> list[dict[str, Any]]:
    """One menu a letter, `gap` seconds apart."""
    return [
        event("ivr.menu_entered", gap * at, subject, node=node) for at, node in zip(itertools.count(), nodes)
    ]
