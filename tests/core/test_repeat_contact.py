"""`repeat_contact`: back within 7 days; a call-back within 15 min of an unanswered one is no repeat."""

from tests.core.given import DAY, HOUR, MINUTE, MS, Told, call, event, fed, mine, raised
from tests.core.pipeline import RECEIVED_MS

KIND = "repeat_contact"
FIRST = mine(call("c1", 0, 100, queue="billing"))
GAVE_UP = mine([event("call.queued", 0, "c1", queue="billing"), event("call.abandoned", 60, "c1")])


def again(seconds: float, customer: str = "ann", goal: str | None = None) -> list[dict[str, object]]:
    return mine(call("c2", seconds, seconds + 10), customer, goal)


def test_within_seven_days_is_a_repeat() -> None:
    at = 100 + 7 * DAY
    assert raised(KIND, [*FIRST, *again(at)]) == [Told("c2", at, "queue:billing", ("ended", "started"))]


def test_after_seven_days_it_is_none() -> None:
    assert raised(KIND, [*FIRST, *again(100 + 7 * DAY + MS)]) == []


def test_who_calls_while_the_first_still_lasts_does_not_repeat() -> None:
    assert raised(KIND, [*FIRST, *again(99)]) == []


def test_just_under_15_minutes_after_nobody_answered_is_a_call_back() -> None:
    assert raised(KIND, [*GAVE_UP, *again(60 + 15 * MINUTE - MS)]) == []


def test_exactly_15_minutes_is_no_call_back() -> None:
    assert [one.contact for one in raised(KIND, [*GAVE_UP, *again(60 + 15 * MINUTE)])] == ["c2"]


def test_another_customer_repeats_nothing() -> None:
    assert raised(KIND, [*FIRST, *again(HOUR, customer="bob")]) == []


def test_another_goal_repeats_nothing_and_an_unknown_one_may() -> None:
    first = mine(call("c1", 0, 100), goal="move")
    assert raised(KIND, [*first, *again(HOUR, goal="bill")]) == []
    assert [one.contact for one in raised(KIND, [*first, *again(HOUR)])] == ["c2"]


def test_an_outbound_call_neither_repeats_nor_is_repeated() -> None:
    outbound = mine(call("c2", HOUR, HOUR + 10, direction="outbound"))
    assert raised(KIND, [*FIRST, *outbound]) == []
    assert raised(KIND, [*outbound, *mine(call("c3", 2 * HOUR, 3 * HOUR))]) == []


def test_without_a_terminal_event_a_contact_ends_after_half_an_hour() -> None:
    mail = mine([event("email.received", 0, "m1")])
    assert raised(KIND, [*mail, *again(30 * MINUTE - MS)]) == []
    assert [one.contact for one in raised(KIND, [*mail, *again(30 * MINUTE)])] == ["c2"]


def test_our_own_call_within_a_mail_thread_makes_it_no_call_of_ours() -> None:
    ours = [event("call.started", 1200, "m", direction="outbound"), event("call.ended", 1300, "m")]
    thread = [event("email.received", 0, "m"), event("email.replied", 600, "m"), *ours]
    found = raised("repeat_contact", mine([*thread, *call("c", DAY, DAY + 60)]))
    assert [friction.contact for friction in found] == ["c"]


def test_what_was_taken_back_and_holds_again_is_detected_again() -> None:
    """An alert goes by how long ago it was found: it is no news of then."""
    first, again = mine(call("a", 0, 60)), mine(call("b", HOUR, HOUR + 60), goal="bill")
    pipeline = fed([*first, *again])
    (name,) = pipeline.frictions()
    (note,) = mine([event("agent.noted", 30, "a")])
    for hours, goal in ((2, "move"), (5, "bill")):
        copy = note | {"id": "g", "sequence": str(hours), "data": note["data"] | {"goal": goal}}
        pipeline.feed([copy], RECEIVED_MS + hours * 3_600_000)
    said = pipeline.published(name)
    assert [one.state for one in said] == ["raised", "retracted", "raised"]
    assert said[0].detected_at < said[1].detected_at < said[2].detected_at
