"""Whatever the order, the duplicates and the batches: the oracle's frictions and journeys."""

import random
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.examples import examples
from tests.core.histories import LONG_STEPS, STEPS, conflicts, histories
from tests.core.pipeline import RECEIVED_MS, Pipeline
from tests.oracle import contacts as oracle
from tests.oracle.event import microseconds
from tests.oracle.friction import Friction
from tests.oracle.limits import Limits

Raw = dict[str, Any]
DEFAULT = Limits()


def frictions_of(pipeline: Pipeline) -> dict[str, Friction]:
    """As the oracle says it."""
    return {
        friction.friction_id: Friction(
            friction.kind,
            friction.contact.source,
            friction.contact.subject,
            milliseconds(friction.at),
            tuple(evidence.event_id for evidence in friction.evidence),
            friction.touchpoint,
        )
        for friction in pipeline.raised()
    }


def milliseconds(time: str) -> int:
    return microseconds(time) // 1000


class Told(NamedTuple):
    """A journey in few words: times in milliseconds."""

    contacts: frozenset[tuple[str, str, str]]
    goal: str | None
    opened_at: int
    last_event_at: int
    channels: tuple[str, ...]
    outcome: str | None
    closed_at: int | None


def journeys_of(pipeline: Pipeline) -> set[Told]:
    return {
        Told(
            frozenset((journey.tenant, contact.source, contact.subject) for contact in journey.contacts),
            journey.goal,
            milliseconds(journey.opened_at),
            milliseconds(journey.last_event_at),
            journey.channels,
            journey.outcome,
            None if journey.closed_at is None else milliseconds(journey.closed_at),
        )
        for journey in pipeline.journeys()
    }


def journeys_wanted(history: list[Raw], limits: Limits = DEFAULT, clock_us: int | None = None) -> set[Told]:
    return {
        Told(
            frozenset((contact.tenant, contact.source, contact.subject) for contact in journey.contacts),
            journey.goal,
            journey.opened_at_us // 1000,
            journey.last_event_at_us // 1000,
            journey.channels,
            journey.outcome,
            None if journey.closed_at_us is None else journey.closed_at_us // 1000,
        )
        for journey in oracle.journeys(history, clock_us=clock_us, limits=limits)
    }


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
@settings(max_examples=examples(300), deadline=None)
def test_it_agrees_with_the_oracle_in_any_order(
    history: list[Raw], shuffler: random.Random, data: Any
) -> None:
    history += data.draw(conflicts(history))
    events = history + shuffler.sample(history, len(history) // 3)
    shuffler.shuffle(events)
    cuts = data.draw(st.lists(st.integers(0, len(events)), max_size=6))
    pipeline = told(events, cuts)
    assert frictions_of(pipeline) == oracle.named(history)
    assert journeys_of(pipeline) == journeys_wanted(history)


@given(histories(), st.sampled_from(STEPS + LONG_STEPS))
@settings(max_examples=examples(), deadline=None)
def test_it_agrees_with_the_oracle_while_time_passes(history: list[Raw], silence: float) -> None:
    """At some moment after the last event, when some deadlines have passed and others have not."""
    clock_us = max(microseconds(event["time"]) for event in history) + round(silence * 1e6)
    pipeline = Pipeline()
    pipeline.feed(history, RECEIVED_MS)
    pipeline.pass_time(clock_us)
    assert frictions_of(pipeline) == oracle.named(history, clock_us)
    assert journeys_of(pipeline) == journeys_wanted(history, clock_us=clock_us)


@given(histories(), st.lists(st.integers(0, 40), max_size=6))
@settings(max_examples=examples(), deadline=None)
def test_it_says_the_same_after_restarts_between_batches(history: list[Raw], cuts: list[int]) -> None:
    cuts = [min(cut, len(history)) for cut in cuts]
    with_restarts, without = told(history, cuts, restart=True), told(history, cuts)
    assert frictions_of(with_restarts) == frictions_of(without)
    assert journeys_of(with_restarts) == journeys_of(without)


@given(histories())
@settings(max_examples=examples(), deadline=None)
def test_it_says_nothing_new_when_all_is_sent_again(history: list[Raw]) -> None:
    pipeline = told(history, [])
    before = {topic: len(outputs) for topic, outputs in pipeline.log.items()}
    pipeline.feed(history, now_ms=RECEIVED_MS + 1000)
    assert {topic: len(outputs) for topic, outputs in pipeline.log.items()} == before


@given(histories(), st.randoms(use_true_random=False), st.lists(st.integers(0, 40), max_size=4))
@settings(max_examples=examples(), deadline=None)
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
