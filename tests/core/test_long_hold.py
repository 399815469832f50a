"""`long_hold`: on hold over 120 s in total in one contact, raised while holding."""

from typing import Any

import pytest

from tests.core.given import MS, Told, event, raised

KIND = "long_hold"


def held(*spans: tuple[float, float | None]) -> list[dict[str, Any]]:
    events = [event("call.answered", 0, queue="billing")]
    for start, end in spans:
        events.append(event("call.held", start))
        if end is not None:
            events.append(event("call.resumed", end))
    return events


def test_it_is_raised_while_the_customer_still_holds() -> None:
    assert raised(KIND, held((10, None)), clock=130) == []
    assert raised(KIND, held((10, None)), clock=130 + MS) == [Told("c1", 130, "queue:billing", ("held",))]


def test_exactly_the_limit_is_in_time() -> None:
    assert raised(KIND, held((10, 130))) == []


def test_holds_add_up_and_the_one_that_passes_the_limit_says_when() -> None:
    told = raised(KIND, held((0, 100), (200, 215), (300, 310)))
    assert told == [Told("c1", 305, "queue:billing", ("held", "resumed") * 3)]


@pytest.mark.parametrize("end", ["call.transferred", "call.abandoned", "call.ended"])
def test_a_hold_ends_with_the_call_or_its_transfer(end: str) -> None:
    assert raised(KIND, [event("call.held", 0), event(end, 60)]) == []


def test_a_hold_within_a_hold_is_the_same() -> None:
    assert raised(KIND, [event("call.held", 0), event("call.held", 100), event("call.resumed", 110)]) == []
