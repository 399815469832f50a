"""What needs a customer's other contacts, on both sides of each limit; and which copy of an event stands."""

import hashlib
import json
import random
from typing import Any

import pytest

from .build import DAY, HOUR, MINUTE, MS, PBX, call, event, found, mine, moments, us
from .contacts import Counters, counters, frictions, journeys

Events = list[dict[str, Any]]
LOST = [event("call.started", 0, "a"), event("call.queued", 1, "a"), event("call.abandoned", 100, "a")]


@pytest.mark.parametrize(("gap", "raised"), [(0, 1), (7 * DAY, 1), (7 * DAY + MS, 0)])
def test_repeat_contact_starts_within_7_days_of_the_end(gap: float, raised: int) -> None:
    events = mine(call("a", 0, 100) + call("b", 100 + gap, 200 + gap))
    assert len(found("repeat_contact", events)) == raised


def test_a_contact_that_still_lasts_is_no_earlier_one() -> None:
    assert found("repeat_contact", mine(call("a", 0, 100) + call("b", 100 - MS, 200))) == []


@pytest.mark.parametrize(("gap", "call_backs"), [(15 * MINUTE - MS, 1), (15 * MINUTE, 0)])
def test_a_call_back_is_less_than_15_min_after_an_unanswered_call(gap: float, call_backs: int) -> None:
    events = mine(LOST + call("b", 100 + gap, 5000))
    assert counters(events).call_backs == call_backs
    assert len(found("repeat_contact", events)) == 1 - call_backs


def test_a_call_back_needs_a_call_on_both_sides() -> None:
    events = mine([*LOST, event("chat.started", 200, "b")])
    assert len(found("repeat_contact", events)) == 1


def test_repeat_contact_shows_the_end_and_the_start() -> None:
    (repeat,) = found("repeat_contact", mine(call("a", 0, 100, queue="sales") + call("b", 200, 300)))
    assert repeat.evidence == ("a:call.ended@100", "b:call.started@200")
    assert (repeat.subject, repeat.touchpoint) == ("b", "queue:sales")


def test_without_a_terminal_event_a_contact_ends_30_min_after_its_last() -> None:
    mail, survey = event("email.received", 0, "a"), event("survey.answered", 60, "a")
    too_soon, in_time = event("chat.started", 1800 - MS, "b"), event("chat.started", 1800, "b")
    assert found("repeat_contact", mine([mail, survey, too_soon])) == []
    (repeat,) = found("repeat_contact", mine([mail, survey, in_time]))
    assert (repeat.evidence[0], repeat.touchpoint) == (mail["id"], "channel:email")


def test_an_ivr_left_for_an_agent_ends_no_contact() -> None:
    ivr = event("ivr.ended", 0, "a", reason="transferred")
    first = [ivr, event("call.answered", 600, "a")]
    assert found("repeat_contact", mine(first + call("b", 1800, 1900))) == []
    assert len(found("repeat_contact", mine(first + call("b", 600 + 1800, 2500)))) == 1


def test_other_goals_are_looked_past_and_unknown_ones_are_not() -> None:
    early = mine(call("a", 0, 100), goal="move") + mine(call("b", 200, 300), goal="pay")
    (repeat,) = (one for one in found("repeat_contact", early + mine(call("c", 400, 500), goal="move")))
    assert repeat.evidence[0] == "a:call.ended@100"
    assert found("repeat_contact", early + mine(call("c", 400, 500)))[0].evidence[0] == "b:call.ended@300"


@pytest.mark.parametrize(
    "uncounted",
    [
        call("a", 0, 100, direction="outbound"),
        [event("ivr.started", 0, "a"), event("ivr.ended", 100, "a", reason="transferred")],
        [event("email.replied", 0, "a")],
        [event("web_form.submitted", 0, "a", form_id="f")],
    ],
)
def test_what_does_not_count_repeats_nothing(uncounted: Events) -> None:
    assert found("repeat_contact", mine(uncounted + call("b", HOUR * 2, HOUR * 3))) == []


def transfers(subject: str, *at: float) -> Events:
    return [event("call.transferred", one, subject, to_queue=f"q{one}") for one in at]


def test_repeated_transfer_is_the_second_in_one_contact() -> None:
    assert found("repeated_transfer", transfers("a", 1)) == []
    (repeated,) = found("repeated_transfer", transfers("a", 1, 2, 3))
    assert repeated.evidence == ("a:call.transferred@1", "a:call.transferred@2")
    assert repeated.touchpoint == "queue:q2"


def test_repeated_transfer_is_the_third_in_one_journey() -> None:
    two = transfers("a", 1) + transfers("b", 2)
    assert found("repeated_transfer", mine(two)) == []
    (repeated,) = found("repeated_transfer", mine(two + transfers("c", 3)))
    assert repeated.subject == "c"
    assert len(repeated.evidence) == 3


def test_an_earlier_contact_that_raised_it_silences_the_journey() -> None:
    assert moments("repeated_transfer", mine(transfers("a", 1, 2) + transfers("b", 3))) == [2]
    assert moments("repeated_transfer", mine(transfers("a", 1, 2) + transfers("b", 3, 4))) == [2, 4]


def test_of_both_rules_the_earlier_moment_holds() -> None:
    overlapping = mine(transfers("a", 1) + transfers("b", 2) + transfers("c", 3, 4))
    assert moments("repeated_transfer", overlapping) == [3]


def shapes(events: Events) -> list[tuple[str, ...]]:
    return [tuple(key.subject for key in journey.contacts) for journey in journeys(events)]


@pytest.mark.parametrize(("goal", "within"), [("move", 7 * DAY), (None, 3 * DAY)])
def test_a_contact_joins_within_the_time_its_goal_allows(goal: str | None, within: float) -> None:
    first = mine(call("a", 0, 100), goal="move")
    assert shapes(first + mine(call("b", 100 + within, 9**9), goal=goal)) == [("a", "b")]
    assert shapes(first + mine(call("b", 100 + within + MS, 9**9), goal=goal)) == [("a",), ("b",)]


def test_it_joins_the_one_opened_latest_of_those_it_may() -> None:
    two = mine(call("a", 0, 100), goal="move") + mine(call("b", 200, 300), goal="pay")
    assert shapes(two + mine(call("c", 400, 500))) == [("a",), ("b", "c")]
    assert shapes(two + mine(call("c", 400, 500), goal="move")) == [("a", "c"), ("b",)]


def test_surveys_prolong_a_journey_and_tickets_join_however_old() -> None:
    first = mine(call("a", 0, 100))
    survey = event("survey.answered", 2 * DAY, "s", about={"source": PBX, "subject": "a"})
    late = mine(call("b", 5 * DAY, 5 * DAY))
    assert shapes(first + late) == [("a",), ("b",)]
    assert shapes([*first, survey, *late]) == [("a", "b")]
    assert shapes(first + mine([event("ticket.opened", 30 * DAY, "t")])) == [("a", "t")]


def test_a_journey_says_its_goal_and_its_span() -> None:
    (journey,) = journeys(mine(call("a", 0, 100)) + mine(call("b", 200, 300), goal="pay"))
    assert (journey.goal, journey.opened_at_us, journey.last_event_at_us) == ("pay", us(0), us(300))


def named(subject: str, seconds: float, **identifiers: object) -> dict[str, Any]:
    return event("chat.started", seconds, subject, identifiers=identifiers)


@pytest.mark.parametrize(
    ("one", "other", "customers"),
    [
        ({"email": " Ann@X.org"}, {"email": "ann@x.org"}, 1),
        ({"customer_id": "0", "phone": "+1"}, {"phone": ["+2", "+1"]}, 1),
        ({"customer_id": "7", "phone": "+1"}, {"customer_id": "8", "phone": "+1"}, 2),
        ({"customer_id": "Anonymous "}, {"phone": ["[object Object]", "None"]}, 0),
    ],
)
def test_the_strongest_identifier_names_the_customer(
    one: dict[str, object], other: dict[str, object], customers: int
) -> None:
    events = [named("a", 0, **one), named("b", 1, **other)]
    assert counters(events).customers_known == customers
    assert len(journeys(events)) == (customers or 2)


def test_the_last_customer_id_of_a_contact_holds() -> None:
    events = [named("a", 5, customer_id="8"), named("a", 1, customer_id="7"), named("b", 9, customer_id="8")]
    assert shapes(events) == [("a", "b")]


def copies(first: dict[str, str], second: dict[str, str]) -> Events:
    """Two copies of one event: by the first the wait was long, by the second it was not."""
    answered = event("call.answered", 500)
    return [answered | first, answered | second | {"time": event("x", 100)["time"]}]


@pytest.mark.parametrize(
    ("first", "second", "long"),
    [("2", "10", 0), ("10", "2", 1), ("10", "a", 0), (None, "0", 0), ("0", None, 1)],
)
def test_of_two_copies_the_greater_sequence_stands(first: str | None, second: str | None, long: int) -> None:
    sequences: list[dict[str, str]] = [{"sequence": one} if one else {} for one in (first, second)]
    events = [event("call.queued", 0), *copies(*sequences)]
    for order in (events, events[::-1]):
        assert len(found("long_wait", order)) == long


def test_without_sequence_the_same_copy_stands_in_any_order() -> None:
    events = [event("call.queued", 0), *copies({}, {})]
    assert frictions(events) == frictions(events[::-1])


def test_without_sequence_the_greater_hash_stands_with_its_tenant_filled_in() -> None:
    events = [event("call.queued", 0), *copies({}, {"tenant": "default"})]
    plain = [
        json.dumps(one | {"tenant": "default"}, sort_keys=True, separators=(",", ":")) for one in events[1:]
    ]
    hashes = [hashlib.sha256(one.encode()).hexdigest() for one in plain]
    assert len(found("long_wait", events)) == int(hashes[0] > hashes[1])


def test_a_replay_and_the_default_tenant_are_no_conflict() -> None:
    plain = event("call.queued", 0)
    assert counters([plain, plain | {"replay": "r"}, plain | {"tenant": "default"}]) == Counters(1, 0, 0, 0)
    assert counters([plain, plain | {"tenant": "other"}]).contacts == 2


def test_order_and_duplicates_change_nothing() -> None:
    events = mine(LOST + call("b", 700, 900) + transfers("b", 710, 720) + transfers("c", 5000), goal="x")
    shuffled = events * 2
    random.Random(1).shuffle(shuffled)
    assert frictions(shuffled) == frictions(events)
    assert counters(shuffled) == counters(events) == (3, 1, 0, 1)
