"""Callers who waited too long, and who gave up."""

from collections.abc import Iterator

from services.simulator.core.dice import SECOND
from services.simulator.core.tales import Tale
from services.simulator.core.truth.labels import Label, label, lasted

LONG_WAIT_MS = 120 * SECOND
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
