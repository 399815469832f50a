"""Disorder by dial: what happens to events on their way. The stories, and so the truth, do not change."""

from collections.abc import Iterator

from msgspec import Struct

from schemas.times import parse_us, rfc3339
from services.simulator.core.dice import HOUR, MINUTE, SECOND, Dice, happens
from services.simulator.core.tales import Event

LATE_MS = 12 * HOUR
AGAIN_MS = HOUR
WRONG_BY_MS = 10 * MINUTE
#: Of two contents under one id the greater sequence stands, as a number: "10" is more than "9".
FALSE_SEQUENCE, TRUE_SEQUENCE = "9", "10"


class Disorder(Struct, frozen=True, kw_only=True):
    """Shares are of all events."""

    #: Delivered up to twelve hours after they happened.
    late: float = 0.0
    #: Delivered again within the hour.
    duplicate: float = 0.0
    #: Never delivered.
    missing: float = 0.0
    #: Loss comes in spells: so long, on average, nothing that one source says arrives. 0: one by one.
    spell_s: float = 0.0
    #: Each event is under way for up to so long.
    shuffle_s: float = 0.0
    #: Each source's clock is wrong by up to so much, one way or the other.
    skew_s: float = 0.0
    #: Delivered also with a wrong content under the same id, and a lower sequence; either may come first.
    conflict: float = 0.0


class Disturbance:
    """Sends events on their way, one after the other in order of time."""

    def __init__(self, disorder: Disorder, dice: Dice) -> None:
        self._disorder, self._dice = disorder, dice
        self._skews: dict[str, int] = {}
        self._spells: dict[str, Iterator[tuple[int, int]]] = {}
        self._spell: dict[str, tuple[int, int]] = {}

    def send(self, event: Event, now_ms: int) -> Iterator[tuple[int, Event]]:
        """When it arrives, and as what: not at all, once, or more often."""
        dial, dice = self._disorder, self._dice
        if dial.missing and self._is_lost(event["source"], now_ms):
            return
        if dial.skew_s:
            event = _shifted(event, self._skew(event["source"]))
        if happens(dice, dial.conflict):
            yield self._arrival(now_ms), _falsified(event, dice)
            event = {**event, "sequence": TRUE_SEQUENCE}
        yield self._arrival(now_ms), event
        if happens(dice, dial.duplicate):
            yield self._arrival(now_ms) + dice.randint(1, AGAIN_MS), event

    def _arrival(self, now_ms: int) -> int:
        way_ms = self._dice.random() * self._disorder.shuffle_s * SECOND
        if happens(self._dice, self._disorder.late):
            way_ms += self._dice.random() * LATE_MS
        return now_ms + round(way_ms)

    def _skew(self, source: str) -> int:
        if source not in self._skews:
            self._skews[source] = round((2 * self._dice.random() - 1) * self._disorder.skew_s * SECOND)
        return self._skews[source]

    def _is_lost(self, source: str, now_ms: int) -> bool:
        if not self._disorder.spell_s:
            return happens(self._dice, self._disorder.missing)
        if source not in self._spells:
            self._spells[source] = self._silences(now_ms)
            self._spell[source] = next(self._spells[source])
        while self._spell[source][1] <= now_ms:
            self._spell[source] = next(self._spells[source])
        return self._spell[source][0] <= now_ms

    def _silences(self, now_ms: int) -> Iterator[tuple[int, int]]:
        """From when to when a source is not heard, so often that the share is right."""
        spell_ms, share = self._disorder.spell_s * SECOND, self._disorder.missing
        at_ms = now_ms
        while True:
            begin_ms = at_ms + round(self._dice.expovariate(share / (1 - share) / spell_ms))
            at_ms = begin_ms + round(self._dice.expovariate(1 / spell_ms))
            yield begin_ms, at_ms


def _shifted(event: Event, by_ms: int) -> Event:
    return {**event, "time": rfc3339(parse_us(event["time"]) + by_ms * 1000)}


def _falsified(event: Event, dice: Dice) -> Event:
    """What a platform says first and takes back: another moment, another queue."""
    wrong = _shifted(event, dice.randint(-WRONG_BY_MS, WRONG_BY_MS))
    return {**wrong, "data": {**wrong["data"], "queue": "unknown"}, "sequence": FALSE_SEQUENCE}
