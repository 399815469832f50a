"""`ivr_dead_end`: the IVR cut off, or the customer hung up after a failed input."""

from typing import Any

import pytest

from tests.core.given import Told, entered, event, raised

KIND = "ivr_dead_end"


def ended(at: float, reason: str) -> dict[str, Any]:
    return event("ivr.ended", at, reason=reason)


def failed(at: float, node: str = "main") -> dict[str, Any]:
    return event("ivr.input_failed", at, node=node, reason="no_match")


def test_being_cut_off_is_one_at_the_last_node() -> None:
    assert raised(KIND, [*entered("ab"), ended(9, "disconnected")]) == [Told("c1", 9, "node:b", ("ended",))]


def test_hanging_up_is_one_only_after_a_failed_input() -> None:
    told = raised(KIND, [*entered("a"), failed(3), ended(9, "customer_hangup")])
    assert told == [Told("c1", 9, "node:main", ("input_failed", "ended"))]
    assert raised(KIND, [*entered("a"), ended(9, "customer_hangup")]) == []


def test_what_the_ivr_says_again_is_no_step_but_a_choice_is() -> None:
    again = [failed(3), event("ivr.menu_entered", 4, node="main")]
    chosen = event("ivr.option_selected", 5, node="main", option="1")
    assert len(raised(KIND, [*again, ended(9, "customer_hangup")])) == 1
    assert raised(KIND, [*again, chosen, ended(9, "customer_hangup")]) == []


@pytest.mark.parametrize("reason", ["transferred", "contained"])
def test_other_ends_are_none(reason: str) -> None:
    assert raised(KIND, [failed(3), ended(9, reason)]) == []
