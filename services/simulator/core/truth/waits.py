"""Callers who waited too long in a queue or on hold, and who gave up."""

from collections.abc import Iterator

from services.simulator.core.dice import SECOND
from services.simulator.core.tales import Tale
from services.simulator.core.truth.labels import Label, label, lasted, queue_place

LONG_WAIT_MS = 120 * SECOND
LONG_HOLD_MS = 120 * SECOND
HOLD_ENDS = ("call.resumed", "call.transferred", "call.abandoned", "call.ended")
SHORT_ABANDON_MS = 5 * SECOND


def abandoned_call(tale: Tale, _now_ms: int | None) -> Iterator[Label]:
    for wait in tale.waits:
        if wait.was_given_up and wait.end and wait.end.at_ms - wait.start.at_ms > SHORT_ABANDON_MS:
            yield label("abandoned_call", tale, wait.end.at_ms, f"queue:{wait.queue}", wait.start, wait.end)


def long_wait(tale: Tale, now_ms: int | None) -> Iterator[Label]:
    for wait in tale.waits:
        if lasted(wait.start, LONG_WAIT_MS, wait.end, now_ms):
            at_ms = wait.start.at_ms + LONG_WAIT_MS
            yield label("long_wait", tale, at_ms, f"queue:{wait.queue}", wait.start, wait.end)


def long_hold(tale: Tale, now_ms: int | None) -> Iterator[Label]:
    """All holds of a call together; it hurts from the moment at which they are too long."""
    left_ms, so_far = LONG_HOLD_MS, []
    for held in tale.of("call.held"):
        end = next((said for said in tale.of(*HOLD_ENDS) if said.at_ms > held.at_ms), None)
        so_far += [held, end]
        if lasted(held, left_ms, end, now_ms):
            at_ms = held.at_ms + left_ms
            yield label("long_hold", tale, at_ms, queue_place(tale.queue_at(at_ms), "call"), *so_far)
            return
        left_ms -= end.at_ms - held.at_ms if end else 0
