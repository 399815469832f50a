"""A small dose of `make accuracy`: what truly hurt is found, and nothing else, clean and disordered."""

from collections import Counter

import pytest

from schemas.frictions import Kind
from tests.accuracy.trial import Claim, Trial, claims

EVENTS = 10_000


@pytest.mark.parametrize(("case", "seed"), [("clean", 1), ("disordered", 2)])
def test_what_hurts_is_found_and_nothing_else(case: str, seed: int) -> None:
    told = claims(Trial(case, seed, EVENTS))
    assert _sorted(told.raised - told.true) == [], f"raised, but not so (seed {seed})"
    assert _sorted(told.true - told.raised) == [], f"so, but not raised (seed {seed})"
    assert {claim.kind for claim in told.true} == {kind.value for kind in Kind}
    assert told.events >= EVENTS


def _sorted(found: Counter[Claim]) -> list[Claim]:
    return sorted(found)
