"""Worlds told for tests: once each, for all tests that look at them."""

from functools import cache
from typing import Any, NamedTuple

from services.simulator.core.tales import Event
from services.simulator.files import labels
from services.simulator.options import Options, make_world
from tests.oracle.friction import Friction

#: A Monday, 13:00 UTC.
BEGIN_MS = 1_772_456_400_000
HOUR_MS = 3_600_000
#: Three ordinary hours, and one of a bad afternoon.
AFTERNOON = Options(seed=5, rate=4, history_hours=3, minutes=60, trouble_minute=0, hour=14)
#: Few customers over many days: every window between contacts opens and closes.
FORTNIGHT = Options(seed=6, customers=400, rate=0.06, minutes=12 * 24 * 60)
#: A day and a night, all of it ordinary.
DAY = Options(seed=7, rate=1, minutes=24 * 60)


class Told(NamedTuple):
    events: list[Event]
    labels: list[dict[str, Any]]


@cache
def told(options: Options) -> Told:
    world = make_world(options, BEGIN_MS)
    events = list(world.all_events())
    return Told(events, list(labels(world)))


def as_friction(label: dict[str, Any], at_ms: int) -> Friction:
    evidence = tuple(label["evidence"])
    return Friction(label["kind"], label["source"], label["subject"], at_ms, evidence, label["touchpoint"])
