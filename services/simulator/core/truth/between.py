"""What hurts between contacts of one customer: coming again, and being passed on over and over."""

from collections.abc import Iterator

from services.simulator.core.dice import DAY, HOUR, MINUTE
from services.simulator.core.tales import Said, Tale, Transfer
from services.simulator.core.truth.labels import Label, label

FADES_MS = 30 * MINUTE
CALL_BACK_MS = 15 * MINUTE
REPEAT_MS = 7 * DAY
SAME_GOAL_MS = 7 * DAY
UNKNOWN_GOAL_MS = 72 * HOUR


def repeat_contact(tales: list[Tale]) -> Iterator[Label]:
    counting = [tale for tale in tales if tale.counts]
    for tale in counting:
        earlier = _earlier(tale, counting)
        if earlier is None or _is_call_back(earlier, tale):
            continue
        if _first(tale).at_ms - _end_ms(earlier) <= REPEAT_MS:
            at_ms, place = _first(tale).at_ms, _place(earlier)
            yield label("repeat_contact", tale, at_ms, place, earlier.end or earlier.last, _first(tale))


def repeated_transfer(tales: list[Tale]) -> Iterator[Label]:
    """Twice in one contact, or a third time in one journey that had not been so bad before."""
    for journey in _journeys(tales):
        third = _third(journey)
        was_bad = False
        for tale in journey:
            met = [tale.transfers[:2]] if len(tale.transfers) >= 2 else []
            if third and not was_bad and third[-1] in tale.transfers:
                met.append(third)
            was_bad = was_bad or len(tale.transfers) >= 2
            if met:
                first = min(met, key=lambda transfers: transfers[-1].said.at_ms)
                at_ms, place = first[-1].said.at_ms, f"queue:{first[-1].to_queue}"
                yield label("repeated_transfer", tale, at_ms, place, *(one.said for one in first))


def _first(tale: Tale) -> Said:
    assert tale.first is not None
    return tale.first


def _end_ms(tale: Tale) -> int:
    """When it was over: by its last word, else half an hour after the last that was said in it."""
    if tale.end is not None:
        return tale.end.at_ms
    return (tale.last or _first(tale)).at_ms + FADES_MS


def _place(tale: Tale) -> str:
    return f"queue:{tale.queue}" if tale.queue else f"channel:{tale.channel}"


def _share_goal(one: Tale, other: Tale) -> bool:
    return one.goal is None or other.goal is None or one.goal == other.goal


def _earlier(tale: Tale, counting: list[Tale]) -> Tale | None:
    """The one of them that was over last when this began."""
    start_ms = _first(tale).at_ms
    over = [
        other
        for other in counting
        if _first(other).at_ms < start_ms and _end_ms(other) <= start_ms and _share_goal(other, tale)
    ]
    return max(over, key=lambda other: (_end_ms(other), _first(other).at_ms), default=None)


def _is_call_back(earlier: Tale, tale: Tale) -> bool:
    gap_ms = _first(tale).at_ms - _end_ms(earlier)
    return earlier.is_voice and tale.is_voice and gap_ms < CALL_BACK_MS and not earlier.reached_person


def _third(journey: list[Tale]) -> list[Transfer]:
    passed = sorted(
        (transfer for tale in journey for transfer in tale.transfers), key=lambda one: one.said.at_ms
    )
    return passed[:3] if len(passed) >= 3 else []


def _journeys(tales: list[Tale]) -> list[list[Tale]]:
    """What he tried to do, one after the other, by the goal where it is known."""
    opened: list[list[Tale]] = []
    for tale in tales:
        joins = [journey for journey in opened if tale.is_ticket or _continues(journey, tale)]
        if joins:
            joins[-1].append(tale)
        else:
            opened.append([tale])
    return opened


def _continues(journey: list[Tale], tale: Tale) -> bool:
    goal = next((one.goal for one in journey if one.goal is not None), None)
    silence_ms = _first(tale).at_ms - max(one.last_ms for one in journey)
    if goal is None or tale.goal is None:
        return silence_ms <= UNKNOWN_GOAL_MS
    return goal == tale.goal and silence_ms <= SAME_GOAL_MS
