"""`abandoned_call`: given up over 5 s after the queue began."""

from tests.core.given import MS, Told, event, raised

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
