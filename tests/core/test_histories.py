"""Generated histories are worth their while: every kind happens in them, and so does every outcome."""

from collections import Counter

from hypothesis import Phase, given, settings

from tests.core.histories import Raw, histories
from tests.oracle.contacts import frictions, journeys
from tests.oracle.friction import KINDS

EXAMPLES = 400
#: Of so many histories, at least these have the kind.
SHARE = 0.01


def test_every_kind_and_every_outcome_happens_in_a_fair_share() -> None:
    seen: Counter[str | None] = Counter()

    @given(histories())
    @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    def look(history: list[Raw]) -> None:
        seen.update({friction.kind for friction in frictions(history)})
        seen.update({journey.outcome for journey in journeys(history)})

    look()
    wanted = {*KINDS, "resolved", "abandoned", "unresolved", "expired"}
    rare = {name: seen[name] for name in wanted if seen[name] < EXAMPLES * SHARE}
    assert not rare, rare
