"""`abandoned_call`: given up over 5 s after the queue began."""

import pytest

from tests.core.given import DAY, MS, Told, event, fed, raised
from tests.core.pipeline import RECEIVED_MS

KIND = "abandoned_call"
QUEUED = event("call.queued", 0, queue="billing")


def test_five_seconds_are_a_short_abandon() -> None:
    assert raised(KIND, [QUEUED, event("call.abandoned", 5)]) == []


def test_over_five_seconds_are_an_abandoned_call() -> None:
    at = 5 + MS
    expected = Told("c1", at, "queue:billing", ("queued", "abandoned"))
    assert raised(KIND, [QUEUED, event("call.abandoned", at)]) == [expected]


def test_who_was_answered_has_not_given_up_waiting() -> None:
    assert raised(KIND, [QUEUED, event("call.answered", 6), event("call.abandoned", 60)]) == []


def test_each_wait_is_its_own_episode() -> None:
    again = [event("call.queued", 100, queue="moves"), event("call.abandoned", 110)]
    found = raised(KIND, [QUEUED, event("call.abandoned", 10), *again])
    assert [one.touchpoint for one in found] == ["queue:billing", "queue:moves"]


def test_without_a_queue_its_channel_is_named() -> None:
    found = raised(KIND, [event("call.queued", 0), event("call.abandoned", 9)])
    assert [one.touchpoint for one in found] == ["channel:call"]


@pytest.mark.parametrize("is_restarted", [False, True])
def test_the_wrong_time_of_a_copy_that_was_corrected_moves_no_horizon(is_restarted: bool) -> None:
    """Also where the state is read again: what came later would be too old to count."""
    said = [
        event("call.transcribed", when) | {"id": "x", "sequence": n}
        for n, when in (("1", 40 * DAY), ("2", 60))
    ]
    pipeline = fed([event("call.started", 0)], said[:1], said[1:])
    if is_restarted:
        pipeline.restart()
    pipeline.feed([event("call.queued", 100), event("call.abandoned", 110)], RECEIVED_MS + 9)
    assert [friction.kind for friction in pipeline.raised()] == ["abandoned_call"]
