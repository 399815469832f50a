"""What must come out of the bank's calls, computed from the CSV rows alone.

python -m tests.oracle.bank PATH [--days 1-3]
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from .calls import SOURCE, Bank, Call, events, read
from .friction import KINDS, Counters, Friction

__all__ = ["Bank", "Call", "Judgement", "events", "judge", "read", "statistics"]

SHORT_ABANDON = 5
LONG_WAIT = 120
IVR_LIMIT = 180
SERVICE_LEVEL = 20
CALL_BACK = 15 * 60
REPEAT = 7 * 24 * 60 * 60


class Judgement(NamedTuple):
    frictions: frozenset[Friction]
    counters: Counters


def judge(calls: list[Call]) -> Judgement:
    found = [friction for call in calls for friction in _inside(call)]
    repeats, call_backs = _between(calls)
    counters = Counters(
        contacts=len(calls),
        customers_known=len({call.customer for call in calls if call.customer is not None}),
        short_abandons=sum(1 for call in calls if _short(call)),
        call_backs=call_backs,
    )
    return Judgement(frozenset(found + repeats), counters)


def _inside(call: Call) -> list[Friction]:
    found = (_abandoned_call(call), _long_wait(call), _ivr_maze(call))
    return [friction for friction in found if friction is not None]


def _friction(call: Call, kind: str, at: int, evidence: tuple[str, ...], touchpoint: str) -> Friction:
    return Friction(kind, SOURCE, call.subject, at * 1000, evidence, touchpoint)


def _abandoned_call(call: Call) -> Friction | None:
    if call.queued is None or call.abandoned is None or call.abandoned - call.queued <= SHORT_ABANDON:
        return None
    evidence = (call.event_id("call.queued"), call.event_id("call.abandoned"))
    return _friction(call, "abandoned_call", call.abandoned, evidence, f"queue:{call.queue}")


def _short(call: Call) -> bool:
    if call.queued is None or call.abandoned is None:
        return False
    return call.abandoned - call.queued <= SHORT_ABANDON


def _waited(call: Call) -> int | None:
    """Every queued call of the file was answered or abandoned."""
    if call.queued is None:
        return None
    ended = call.abandoned if call.answered is None else call.answered
    assert ended is not None, call
    return ended - call.queued


def _long_wait(call: Call) -> Friction | None:
    waited = _waited(call)
    if call.queued is None or waited is None or waited <= LONG_WAIT:
        return None
    ended = "call.abandoned" if call.answered is None else "call.answered"
    evidence = (call.event_id("call.queued"), call.event_id(ended))
    return _friction(call, "long_wait", call.queued + LONG_WAIT, evidence, f"queue:{call.queue}")


def _ivr_maze(call: Call) -> Friction | None:
    """Only the time can be too long: the file tells no menus and no nodes."""
    ends = (
        (call.ivr_ended, 1, "ivr.ended"),
        (call.queued, 2, "call.queued"),
        (call.answered, 3, "call.answered"),
        (call.abandoned, 4, "call.abandoned"),
        (call.ended, 5, "call.ended"),
    )
    later = [(at, place, type_) for at, place, type_ in ends if at is not None and at >= call.started]
    at, _, ended = min(later)
    if at - call.started <= IVR_LIMIT:
        return None
    evidence = (call.event_id("ivr.started"), call.event_id(ended))
    return _friction(call, "ivr_maze", call.started + IVR_LIMIT, evidence, "channel:ivr")


def _between(calls: Iterable[Call]) -> tuple[list[Friction], int]:
    by_customer: defaultdict[str, list[Call]] = defaultdict(list)
    for call in calls:
        if call.customer is not None:
            by_customer[call.customer].append(call)
    found, call_backs = [], 0
    for own in by_customer.values():
        for call in own:
            earlier = _latest_ended(call, own)
            if earlier is None:
                continue
            gap = call.started - _end(earlier)[0]
            if gap < CALL_BACK and earlier.answered is None:
                call_backs += 1
            elif gap <= REPEAT:
                found.append(_repeat_contact(earlier, call))
    return found, call_backs


def _latest_ended(call: Call, own: list[Call]) -> Call | None:
    over = [other for other in own if _start(other) < _start(call) and _end(other)[0] <= call.started]
    return max(over, key=lambda other: (_end(other)[0], _start(other)), default=None)


def _start(call: Call) -> tuple[int, str]:
    return call.started, call.event_id("ivr.started")


def _end(call: Call) -> tuple[int, str]:
    """The last terminal event: an IVR left for an agent or a queue is none."""
    if call.ended is not None:
        return call.ended, "call.ended"
    if call.abandoned is not None:
        return call.abandoned, "call.abandoned"
    return call.ivr_ended, "ivr.ended"


def _repeat_contact(earlier: Call, call: Call) -> Friction:
    at, type_ = _end(earlier)
    pair = (earlier.event_id(type_), call.event_id("ivr.started"))
    # Evidence stands in event order, and of one moment a start comes before an end.
    evidence = pair if at < call.started else (pair[1], pair[0])
    queued_or_answered = earlier.queued is not None or earlier.answered is not None
    touchpoint = f"queue:{earlier.queue}" if queued_or_answered else "channel:ivr"
    return _friction(call, "repeat_contact", call.started, evidence, touchpoint)


def statistics(calls: list[Call]) -> dict[str, int]:
    queued = [call for call in calls if call.queued is not None]
    answered = [call for call in queued if call.answered is not None]
    abandoned = [call for call in queued if call.abandoned is not None]
    return {
        "queued": len(queued),
        "answered": len(answered),
        "answered_within_20_s": sum(1 for call in answered if (_waited(call) or 0) <= SERVICE_LEVEL),
        "abandoned_at_once": sum(1 for call in abandoned if _waited(call) == 0),
        "abandoned_at_exactly_5_s": sum(1 for call in abandoned if _waited(call) == SHORT_ABANDON),
        "waited_exactly_120_s": sum(1 for call in queued if _waited(call) == LONG_WAIT),
    }


class Kpi(NamedTuple):
    """`number`: of how many it is made."""

    name: str
    value: float
    number: int


def kpis(calls: list[Call], judgement: Judgement) -> set[Kpi]:
    waits = [_waited(call) or 0 for call in calls if call.queued is not None]
    answered = [call for call in calls if call.queued is not None and call.answered is not None]
    speeds = [_waited(call) or 0 for call in answered]
    talks = [
        call.ended - call.answered for call in calls if call.answered is not None and call.ended is not None
    ]
    repeats = sum(1 for friction in judgement.frictions if friction.kind == "repeat_contact")
    return {
        _kpi("service_level", sum(1 for speed in speeds if speed <= SERVICE_LEVEL), len(waits)),
        _kpi("abandon_rate", len(waits) - len(speeds), len(waits)),
        _kpi("average_speed_of_answer", sum(speeds), len(speeds)),
        Kpi("longest_wait", max(waits), len(waits)),
        _kpi("average_handle_time", sum(talks), len(talks)),
        _kpi("repeat_rate", repeats, len(calls)),
    }


def _kpi(name: str, part: float, whole: int) -> Kpi:
    return Kpi(name, round(part / whole, 4), whole)


def main() -> None:
    parser = argparse.ArgumentParser(description="What must come out of the bank's calls.")
    parser.add_argument("path", type=Path)
    parser.add_argument("--days", help="days of the month, first-last")
    chosen = parser.parse_args()
    bank = read(chosen.path, _days(chosen.days))
    judgement = judge(bank.calls)
    kinds = Counter(friction.kind for friction in judgement.frictions)
    figures = judgement.counters._asdict() | statistics(bank.calls) | {"phantoms": bank.phantoms}
    for name, number in [*((kind, kinds[kind]) for kind in KINDS), *figures.items()]:
        print(f"{name:26}{number:8,}")


def _days(text: str | None) -> range | None:
    if text is None:
        return None
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


if __name__ == "__main__":
    main()
