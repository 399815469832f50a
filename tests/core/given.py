"""Given these events, and so much time passed: what is raised, as few words as say it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from schemas.frictions import Friction
from tests.core.pipeline import LATER_US, RECEIVED_MS, Pipeline
from tests.oracle.build import DAY, HOUR, MINUTE, MS, T0, call, entered, event, mine, us

__all__ = ["DAY", "HOUR", "MINUTE", "MS", "Told", "call", "entered", "event", "fed", "mine", "raised", "us"]


class Told(NamedTuple):
    """`at`: seconds since T0."""

    contact: str
    at: float
    touchpoint: str
    evidence: tuple[str, ...]


def fed(*batches: Iterable[dict[str, Any]]) -> Pipeline:
    pipeline = Pipeline()
    for number, batch in enumerate(batches):
        pipeline.feed(batch, RECEIVED_MS + number)
    return pipeline


def raised(kind: str, events: Iterable[dict[str, Any]], clock: float | None = None) -> list[Told]:
    """Of one kind, once the wall clock shows `clock` (None: long after), by moment."""
    pipeline = fed(events)
    pipeline.pass_time(LATER_US if clock is None else us(clock))
    return sorted(told(friction) for friction in pipeline.raised() if friction.kind == kind)


def told(friction: Friction) -> Told:
    at = datetime.fromisoformat(friction.at).timestamp() - T0.timestamp()
    evidence = tuple(one.type.partition(".")[2] for one in friction.evidence)
    return Told(friction.contact.subject, round(at, 3), friction.touchpoint, evidence)
