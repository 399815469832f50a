"""How identifiers are written, and what systems write that know nobody: who is the same, and who is not."""

from typing import Any

import pytest

from tests.core.given import HOUR
from tests.core.test_identity_traps import fed, named, people, said

Raw = dict[str, Any]


@pytest.mark.parametrize(("one", "other"), [
    ({"customer_id": "null"}, {"customer_id": "null"}),
    ({"phone": "anonymous"}, {"phone": "anonymous"}),
    ({"customer_id": "1001"}, {"account_id": "1001"}),
])  # fmt: skip
@pytest.mark.parametrize("verb", ["updated", "identified"])
def test_what_a_crm_says_of_strangers_joins_nobody(verb: str, one: Raw, other: Raw) -> None:
    """Without a subject, with junk in front or the same text under another type."""
    pipeline = fed(
        [*named("a", email="ann@x.example"), *named("b", email="bob@x.example")],
        [said(verb, HOUR, email="ann@x.example", **one)],
        [said(verb, 2 * HOUR, email="bob@x.example", **other)],
    )
    assert people(pipeline) == [["a"], ["b"]]


def test_addresses_differ_by_their_dots_and_not_by_case() -> None:
    pipeline = fed(
        named("a", 0, email="ann.lee@x.example"),
        named("b", HOUR, email="ANN.LEE@X.EXAMPLE"),
        named("c", 2 * HOUR, email="annlee@x.example"),
    )
    assert people(pipeline) == [["a", "b"], ["c"]]


def test_numbers_in_national_form_are_the_same_number() -> None:
    for spellings in (
        ["(415) 555-0101", "415.555.0101", "+1 415 555 0101", "1-415-555-0101"],
        ["+442071234567", "+4402071234567", "+44 (0)20 7123 4567"],
        ["+390612345678", "+39 06 1234 5678"],
    ):
        calls = [named(f"c{place}", place * HOUR, phone=written) for place, written in enumerate(spellings)]
        assert len(people(fed(*calls))) == 1
