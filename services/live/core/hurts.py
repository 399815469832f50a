"""What hurts now: the frictions of the last minutes by kind and touchpoint, against what is usual there.

Usual is the mean of a window over the day before, counting only windows in which there was anybody
to be hurt: a night without contacts and the time before the first start make nothing look unusual.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from math import sqrt
from typing import NamedTuple

from msgspec import Struct

from schemas.frictions import SEVERITIES, Severity
from schemas.times import SECOND_US

MINUTE_US = 60 * SECOND_US
DAY_US = 24 * 60 * MINUTE_US
WINDOW_MINUTES, WINDOW_MINUTES_MIN, WINDOW_MINUTES_MAX = 15, 5, 120
#: Windows in `history`, the one that is now included.
HISTORY = 16
#: Standard deviations of a count that comes by chance, above which nobody calls it chance.
ABOVE, FAR_ABOVE = 1.5, 3.0


class Level(StrEnum):
    FAR_ABOVE = "far_above"
    ABOVE = "above"
    AS_USUAL = "as_usual"
    #: Nothing to compare with yet.
    NEW = "new"


class Place(NamedTuple):
    kind: str
    touchpoint: str


class Spans(NamedTuple):
    """Windows of one length, from the one that is now (0) backwards over the day before."""

    now_us: int
    length_us: int

    @property
    def before(self) -> int:
        return DAY_US // self.length_us

    def start(self, ordinal: int) -> int:
        return self.now_us - (ordinal + 1) * self.length_us


class Hurt(Struct, frozen=True, kw_only=True):
    """One kind of friction at one touchpoint. `usual` None: nothing to compare with yet."""

    kind: str
    touchpoint: str
    #: The highest of those now.
    severity: Severity
    now: int
    usual: float | None
    level: Level
    #: Counts by window, the earliest first, the one that is now last.
    history: list[int]
    last_at: str


class Now(NamedTuple):
    """The frictions of a place in the window that is now: the highest severity, how many, the newest."""

    place: Place
    severity: Severity
    number: int
    last_at: str


def hurts(
    now: Iterable[Now], before: Mapping[Place, Mapping[int, int]], windows_with_contacts: int
) -> list[Hurt]:
    """`before`: numbers by window, counted backwards from 1. The farthest above usual is first."""
    found = [_hurt(one, before.get(one.place, {}), windows_with_contacts) for one in now]
    return sorted(found, key=_farthest_above_first)


def excess(now: int, usual: float | None) -> float:
    """How far above usual, in the measure in which counts vary by chance: 8 for 2 is more than 100 for 92."""
    return (now - (usual or 0)) / sqrt((usual or 0) + 1)


def _hurt(one: Now, before: Mapping[int, int], windows: int) -> Hurt:
    usual = round(sum(before.values()) / windows, 2) if windows else None
    return Hurt(
        kind=one.place.kind,
        touchpoint=one.place.touchpoint,
        severity=one.severity,
        now=one.number,
        usual=usual,
        level=Level.NEW if usual is None else _level(excess(one.number, usual)),
        history=[*(before.get(ordinal, 0) for ordinal in range(HISTORY - 1, 0, -1)), one.number],
        last_at=one.last_at,
    )


def _level(above: float) -> Level:
    return Level.FAR_ABOVE if above >= FAR_ABOVE else Level.ABOVE if above >= ABOVE else Level.AS_USUAL


def _farthest_above_first(hurt: Hurt) -> tuple[float, int, str, str]:
    return (
        -excess(hurt.now, hurt.usual), -SEVERITIES.index(hurt.severity), hurt.kind, hurt.touchpoint
    )  # fmt: skip
