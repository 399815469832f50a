"""`repeated_transfer`: the 2nd in one contact, or the 3rd in one journey."""

from typing import Any

from services.journey_builder.rules.load import parse_rules
from tests.core.given import HOUR, Told, event, mine, raised
from tests.core.pipeline import RECEIVED_MS, Pipeline

KIND = "repeated_transfer"


def transfers(subject: str, *seconds: float) -> list[dict[str, Any]]:
    passed = [event("call.transferred", at, subject, to_queue=f"q{at:g}") for at in seconds]
    return mine([event("call.started", seconds[0] - 1, subject), *passed])


def test_one_transfer_is_none_too_many() -> None:
    assert raised(KIND, transfers("c1", 10)) == []


def test_the_second_in_one_contact_is() -> None:
    assert raised(KIND, transfers("c1", 10, 20)) == [Told("c1", 20, "queue:q20", ("transferred",) * 2)]


def test_the_third_does_not_raise_again() -> None:
    assert raised(KIND, transfers("c1", 10, 20, 30)) == raised(KIND, transfers("c1", 10, 20))


def test_the_third_in_one_journey_is_too_many_in_its_contact() -> None:
    journey = [*transfers("c1", 10), *transfers("c2", HOUR), *transfers("c3", 2 * HOUR)]
    assert raised(KIND, journey) == [Told("c3", 2 * HOUR, "queue:q7200", ("transferred",) * 3)]


def test_a_journey_whose_earlier_contact_raised_it_does_not_count_on() -> None:
    found = raised(KIND, [*transfers("c1", 10, 20), *transfers("c2", HOUR)])
    assert [one.contact for one in found] == ["c1"]


def test_leaving_the_ivr_is_no_transfer() -> None:
    left = event("ivr.ended", 5, "c1", reason="transferred")
    assert raised(KIND, [left, *transfers("c1", 10)]) == []


def test_where_it_is_off_it_hides_none_of_the_journey() -> None:
    off = "overrides: [{when: {queue: [test]}, set: {repeated_transfer: {enabled: false}}}]"
    pipeline = Pipeline(book=parse_rules(f"versions: [{{version: 1, {off}}}]").book)
    first = [
        event("call.transferred", 1, "a", to_queue="x"),
        event("call.transferred", 2, "a", to_queue="test"),
    ]
    second = [event("call.started", HOUR, "b"), event("call.transferred", HOUR + 1, "b", to_queue="billing")]
    pipeline.feed(mine([event("call.started", 0, "a"), *first, *second]), RECEIVED_MS)
    found = [
        (one.contact.subject, one.touchpoint) for one in pipeline.raised() if one.kind == "repeated_transfer"
    ]
    assert found == [("b", "queue:billing")]
