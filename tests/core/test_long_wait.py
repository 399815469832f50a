"""`long_wait`: waiting over 120 s, raised while still waiting."""

from tests.core.given import MS, Told, event, raised

KIND = "long_wait"
QUEUED = event("call.queued", 0, queue="billing")


def test_nothing_is_raised_at_the_limit() -> None:
    assert raised(KIND, [QUEUED], clock=120) == []


def test_it_is_raised_once_the_clock_has_passed_the_limit() -> None:
    assert raised(KIND, [QUEUED], clock=120 + MS) == [Told("c1", 120, "queue:billing", ("queued",))]


def test_an_answer_at_the_limit_is_in_time() -> None:
    assert raised(KIND, [QUEUED, event("call.answered", 120)]) == []


def test_an_answer_after_the_limit_joins_the_evidence() -> None:
    expected = Told("c1", 120, "queue:billing", ("queued", "answered"))
    assert raised(KIND, [QUEUED, event("call.answered", 120 + MS)]) == [expected]


def test_queueing_again_starts_the_wait_anew() -> None:
    assert raised(KIND, [QUEUED, event("call.queued", 100), event("call.answered", 219)]) == []


def test_a_transfer_ends_a_wait_and_starts_none() -> None:
    assert raised(KIND, [QUEUED, event("call.transferred", 60, to_queue="moves")]) == []
