"""Frictions, and what they lead to, in a few words."""

from collections import Counter
from typing import Any, NamedTuple

import msgspec

from schemas.data import Contact
from schemas.frictions import Friction, Kind, Retraction, Severity, State
from schemas.times import SECOND_US, rfc3339
from schemas.topics import FRICTIONS
from services.alerts.core.board import Board, Context
from services.alerts.core.policy import Limits
from services.alerts.core.routing import Route

#: 21 Nov 2026, 10:00 UTC.
START_US = 1_795_255_200 * SECOND_US
MINUTE = 60.0
QUIET = 30 * MINUTE
_offsets: Counter[str] = Counter()


class Given(NamedTuple):
    value: bytes | None
    topic: str = FRICTIONS.name
    partition: int = 0
    offset: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()


def us(seconds: float) -> int:
    return START_US + int(seconds * SECOND_US)


def friction(friction_id: str = "f1", seconds: float = 0, age: float = 1, **more: Any) -> Friction:
    """Detected at `seconds`, `age` after it happened."""
    fields: dict[str, Any] = {
        "tenant": "default",
        "kind": Kind.LONG_WAIT,
        "severity": Severity.MEDIUM,
        "state": State.RAISED,
        "retraction": None,
        "contact": Contact("//acme/pbx", friction_id),
        "touchpoint": "queue:billing",
        "at": rfc3339(us(seconds - age)),
        "detected_at": rfc3339(us(seconds)),
        "rule": "long_wait",
        "rule_version": 1,
        "explanation": "Waited over 120 s for billing.",
        "evidence": (),
    }
    return Friction(friction_id=friction_id, **(fields | more))


def retracted(friction_id: str = "f1", seconds: float = 0, **more: Any) -> Friction:
    state = {"state": State.RETRACTED, "retraction": Retraction.CORRECTED}
    return friction(friction_id, seconds, **(state | more))


def record(of: Friction | bytes | None, *headers: tuple[str, bytes]) -> Given:
    """With an offset, as a broker gives it."""
    value = msgspec.json.encode(of) if isinstance(of, Friction) else of
    _offsets["all"] += 1
    return Given(value, offset=_offsets["all"], headers=headers)


def context(*receivers: str, **more: Any) -> Context:
    routes = tuple(Route(receiver=name) for name in receivers)
    fields: dict[str, Any] = {"limits": Limits(), "silences": (), "live_page": "http://live"}
    return Context(**(fields | {"routes": routes} | more))


def states(board: Board) -> list[tuple[str, int, str | None]]:
    """State, count and end of every incident that changed, in the order of their opening."""
    incidents = sorted((held.incident for held in board.changed.values()), key=lambda one: one.opened_at)
    return [(one.state.value, one.frictions, one.closed_as) for one in incidents]
