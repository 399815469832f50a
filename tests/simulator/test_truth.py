"""The labels against a second, independent judge: the oracle, which reads the events alone."""

from collections import Counter

import pytest

from services.simulator.core.truth import KINDS
from services.simulator.options import Options
from tests.oracle.contacts import frictions
from tests.oracle.event import microseconds
from tests.simulator.identity import customers
from tests.simulator.telling import AFTERNOON, FORTNIGHT, as_friction, told

#: What ends a span that some rule measures, and what begins it.
FOLLOWS = {"call.resumed": "call.held", "chat.message_sent agent": "chat.message_sent customer"}


@pytest.mark.parametrize("options", [AFTERNOON, FORTNIGHT], ids=["afternoon", "fortnight"])
def test_the_truth_is_what_the_oracle_finds(options: Options) -> None:
    events, labels = told(options)
    assert len(events) >= 20_000
    mine = Counter(as_friction(label, microseconds(label["at"]) // 1000) for label in labels)
    assert mine == Counter(frictions(events, customers=customers(events)))


def test_every_kind_happens_often_enough_to_measure() -> None:
    kinds = Counter(label["kind"] for options in (AFTERNOON, FORTNIGHT) for label in told(options).labels)
    assert min(kinds[kind] for kind in KINDS) >= 20, kinds


def test_labels_stand_in_order_of_moment_each_once() -> None:
    labels = told(AFTERNOON).labels
    assert [label["at"] for label in labels] == sorted(label["at"] for label in labels)
    assert len(
        {(label["kind"], label["subject"], label["at"], label["touchpoint"]) for label in labels}
    ) == len(labels)


def test_limits_are_met_to_the_millisecond() -> None:
    """Exactly at a limit is in time: such cases are told, and by the test above judged as they should be."""
    lasted = Counter[tuple[str, int]]()
    first: dict[tuple[str | None, str], int] = {}
    for event in told(FORTNIGHT).events:
        moment, data = microseconds(event["time"]) // 1000, event["data"]
        lasted["load", round(data.get("load_ms", 0))] += 1
        kind = f"{event['type']} {data.get('by', '')}".strip()
        before = first.get((event.get("subject"), FOLLOWS.get(kind, "")))
        if before is not None:
            lasted[kind, moment - before] += 1
        first[event.get("subject"), kind] = moment
    assert lasted["call.resumed", 120_000] > 0
    for what, limit_ms in (("load", 4000), ("chat.message_sent agent", 60_000)):
        assert min(lasted[what, limit_ms + by] for by in (-1, 0, 1)) > 0, what
