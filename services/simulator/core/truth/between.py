"""What hurts between contacts of one customer: coming again, and being passed on over and over."""

from collections.abc import Iterator

from services.simulator.core.dice import DAY, MINUTE
from services.simulator.core.tales import Tale, Transfer
from services.simulator.core.truth.journeys import Journey
from services.simulator.core.truth.labels import Label, label, queue_place

FADES_MS = 30 * MINUTE
CALL_BACK_MS = 15 * MINUTE
REPEAT_MS = 7 * DAY


def repeat_contact(tales: list[Tale]) -> Iterator[Label]:
    counting = [tale for tale in tales if tale.counts]
    for tale in counting:
        earlier = _earlier(tale, counting)
        if earlier is None or _is_call_back(earlier, tale):
            continue
        if tale.start_ms - end_ms(earlier) <= REPEAT_MS:
            place = queue_place(earlier.queue, earlier.channel)
            yield label("repeat_contact", tale, tale.start_ms, place, earlier.end or earlier.last, tale.first)


def repeated_transfer(journey: Journey) -> Iterator[Label]:
    """Twice in one contact, or a third time in one journey that had not been so bad before."""
    third = _third(journey)
    was_bad = False
    for tale in journey.tales:
        met = [tale.transfers[:2]] if len(tale.transfers) >= 2 else []
        if third and not was_bad and third[-1] in tale.transfers:
            met.append(third)
        was_bad = was_bad or len(tale.transfers) >= 2
        if met:
            first = min(met, key=lambda transfers: transfers[-1].said.at_ms)
            at_ms, place = first[-1].said.at_ms, f"queue:{first[-1].to_queue}"
            yield label("repeated_transfer", tale, at_ms, place, *(one.said for one in first))


def end_ms(tale: Tale) -> int:
    """When it was over: by its last word, else half an hour after the last that was said in it."""
    if tale.end is not None:
        return tale.end.at_ms
    return (tale.last.at_ms if tale.last else 0) + FADES_MS


def _share_goal(one: Tale, other: Tale) -> bool:
    return one.goal is None or other.goal is None or one.goal == other.goal


def _earlier(tale: Tale, counting: list[Tale]) -> Tale | None:
    """The one of them that was over last when this began."""
    over = [
        other
        for other in counting
        if other.start_ms < tale.start_ms and end_ms(other) <= tale.start_ms and _share_goal(other, tale)
    ]
    return max(over, key=lambda other: (end_ms(other), other.start_ms), default=None)


def _is_call_back(earlier: Tale, tale: Tale) -> bool:
    gap_ms = tale.start_ms - end_ms(earlier)
    return earlier.is_voice and tale.is_voice and gap_ms < CALL_BACK_MS and not earlier.reached


def _third(journey: Journey) -> list[Transfer]:
    passed = sorted(
        (transfer for tale in journey.tales for transfer in tale.transfers), key=lambda one: one.said.at_ms
    )
    return passed[:3] if len(passed) >= 3 else []
