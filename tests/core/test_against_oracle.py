"""Whatever the order, the duplicates and the batches: the oracle's frictions and journeys."""

import random
from datetime import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.histories import conflicts, histories
from tests.core.pipeline import RECEIVED_MS, Pipeline
from tests.oracle import contacts as oracle
from tests.oracle.friction import Friction

Raw = dict[str, Any]
EXAMPLES = settings().max_examples


def as_oracle_says(pipeline: Pipeline) -> frozenset[Friction]:
    return frozenset(
        Friction(
            friction.kind,
            friction.contact.source,
            friction.contact.subject,
            round(datetime.fromisoformat(friction.at).timestamp() * 1000),
            tuple(evidence.event_id for evidence in friction.evidence),
            friction.touchpoint,
        )
        for friction in pipeline.raised()
    )


def journeys_of(pipeline: Pipeline) -> set[frozenset[str]]:
    return {frozenset(contact.subject for contact in journey.contacts) for journey in pipeline.journeys()}


def told(events: list[Raw], cuts: list[int], restart: bool = False, partitions: int = 2) -> Pipeline:
    """The events in batches that end at the cuts; then all time passes."""
    pipeline = Pipeline(partitions)
    start = 0
    for end in sorted({*cuts, len(events)}):
        pipeline.feed(events[start:end], now_ms=RECEIVED_MS + end)
        start = end
        if restart:
            pipeline.restart()
    pipeline.pass_time()
    return pipeline


@given(histories(), st.randoms(use_true_random=False), st.data())
@settings(max_examples=max(EXAMPLES, 300), deadline=None)
def test_it_agrees_with_the_oracle_in_any_order(
    history: list[Raw], shuffler: random.Random, data: Any
) -> None:
    history += data.draw(conflicts(history))
    events = history + shuffler.sample(history, len(history) // 3)
    shuffler.shuffle(events)
    cuts = data.draw(st.lists(st.integers(0, len(events)), max_size=6))
    pipeline = told(events, cuts)
    assert as_oracle_says(pipeline) == oracle.frictions(history)
    assert journeys_of(pipeline) == {
        frozenset(contact.subject for contact in journey.contacts) for journey in oracle.journeys(history)
    }


@given(histories(), st.lists(st.integers(0, 40), max_size=6))
@settings(max_examples=EXAMPLES, deadline=None)
def test_it_says_the_same_after_restarts_between_batches(history: list[Raw], cuts: list[int]) -> None:
    cuts = [min(cut, len(history)) for cut in cuts]
    with_restarts, without = told(history, cuts, restart=True), told(history, cuts)
    assert as_oracle_says(with_restarts) == as_oracle_says(without)
    assert {f.friction_id for f in with_restarts.raised()} == {f.friction_id for f in without.raised()}


@given(histories())
@settings(max_examples=EXAMPLES, deadline=None)
def test_it_says_nothing_new_when_all_is_sent_again(history: list[Raw]) -> None:
    pipeline = told(history, [])
    before = {topic: len(outputs) for topic, outputs in pipeline.log.items()}
    pipeline.feed(history, now_ms=RECEIVED_MS + 1000)
    assert {topic: len(outputs) for topic, outputs in pipeline.log.items()} == before


@given(histories(), st.randoms(use_true_random=False), st.lists(st.integers(0, 40), max_size=4))
@settings(max_examples=EXAMPLES, deadline=None)
def test_it_says_the_same_on_any_number_of_partitions(
    history: list[Raw], shuffler: random.Random, cuts: list[int]
) -> None:
    shuffler.shuffle(history)
    cuts = [min(cut, len(history)) for cut in cuts]
    by_count = [told(history, cuts, partitions=count) for count in (1, 2, 3)]
    raised = [{(one.friction_id, one.at, one.evidence) for one in each.raised()} for each in by_count]
    journeys = [{(one.journey_id, one.contacts) for one in each.journeys()} for each in by_count]
    assert raised[0] == raised[1] == raised[2]
    assert journeys[0] == journeys[1] == journeys[2]
