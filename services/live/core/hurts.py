"""What hurts now: the frictions of the last minutes by kind and touchpoint, against what is usual there.

Usual is the mean of a window over the day before, counting only windows in which there was anybody
to be hurt: a night without contacts and the time before the first start make nothing look unusual.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from math import sqrt
from typing import NamedTuple

from msgspec import Struct

from schemas.frictions import Severity
from schemas.times import SECOND_US

MINUTE_US = 60 * SECOND_US
DAY_US = 24 * 60 * MINUTE_US
WINDOW_MINUTES, WINDOW_MINUTES_MIN, WINDOW_MINUTES_MAX = 15, 5, 120
#: Windows in `history`, the one that is now included.
HISTORY = 16
#: Standard deviations of a count that comes by chance, above which nobody calls it chance.
ABOVE, FAR_ABOVE = 1.5, 3.0
_SEVERITIES = tuple(Severity)


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


class Hurt(Struct, kw_only=True):
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
    """A friction of the window that is now."""

    place: Place
    severity: Severity
    at: str


def hurts(
    now: Iterable[Now], before: Mapping[Place, Mapping[int, int]], windows_with_contacts: int
) -> list[Hurt]:
    """`before`: numbers by window, counted backwards from 1. The farthest above usual is first."""
    found: dict[Place, Hurt] = {}
    for friction in now:
        hurt = found.get(friction.place) or _begun(friction)
        hurt.now += 1
        hurt.last_at = max(hurt.last_at, friction.at)
        hurt.severity = max(hurt.severity, friction.severity, key=_SEVERITIES.index)
        found[friction.place] = hurt
    for place, hurt in found.items():
        _compare(hurt, before.get(place, {}), windows_with_contacts)
    return sorted(found.values(), key=_farthest_above_first)


def excess(now: int, usual: float | None) -> float:
    """How far above usual, in the measure in which counts vary by chance: 8 for 2 is more than 100 for 92."""
    return (now - (usual or 0)) / sqrt((usual or 0) + 1)


def _begun(friction: Now) -> Hurt:
    return Hurt(
        kind=friction.place.kind,
        touchpoint=friction.place.touchpoint,
        severity=friction.severity,
        now=0,
        usual=None,
        level=Level.NEW,
        history=[],
        last_at=friction.at,
    )


def _compare(hurt: Hurt, before: Mapping[int, int], windows: int) -> None:
    if windows:
        hurt.usual = round(sum(before.values()) / windows, 2)
        hurt.level = _level(excess(hurt.now, hurt.usual))
    hurt.history = [*(before.get(ordinal, 0) for ordinal in range(HISTORY - 1, 0, -1)), hurt.now]


def _level(above: float) -> Level:
    return Level.FAR_ABOVE if above >= FAR_ABOVE else Level.ABOVE if above >= ABOVE else Level.AS_USUAL


def _farthest_above_first(hurt: Hurt) -> tuple[float, int, str, str]:
    return (
        -excess(hurt.now, hurt.usual), -_SEVERITIES.index(hurt.severity), hurt.kind, hurt.touchpoint
    )  # fmt: skip
