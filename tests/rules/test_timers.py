"""Deadlines over a change of the rules: none is lost, and what began before is judged as before."""

import pytest

from services.journey_builder.core.rule_book import RuleBook
from services.journey_builder.rules.load import parse_rules
from tests.core.given import event, us
from tests.core.pipeline import RECEIVED_MS, Pipeline

ONE = "{version: 1, rules: {long_wait: {over: 120 s}}}"
#: The history begins with the year.
TWO = "{version: 2, effective_from: 2026-01-01T00:00:10Z, rules: {long_wait: {over: 60 s}}}"


def book(*versions: str) -> RuleBook:
    return parse_rules(f"versions: [{', '.join(versions)}]").book


def waiting(since: float, rules: RuleBook) -> Pipeline:
    pipeline = Pipeline(book=rules)
    pipeline.feed([event("call.queued", since, queue="billing")], RECEIVED_MS)
    return pipeline


def raised(pipeline: Pipeline, at: float) -> list[tuple[str, int]]:
    """Moments and versions of what is raised once the clock has passed `at`."""
    pipeline.pass_time(us(at) + 1)
    return [(friction.at, friction.rule_version) for friction in pipeline.raised()]


def test_who_waited_before_a_version_took_effect_is_judged_by_the_one_before() -> None:
    pipeline = waiting(0, book(ONE))
    pipeline.rules.book = book(ONE, TWO)
    assert raised(pipeline, 61) == []
    assert raised(pipeline, 120) == [("2026-01-01T00:02:00.000Z", 1)]


def test_who_waits_after_it_took_effect_is_judged_by_it() -> None:
    pipeline = waiting(10, book(ONE, TWO))
    assert raised(pipeline, 69) == []
    assert raised(pipeline, 70) == [("2026-01-01T00:01:10.000Z", 2)]


def test_a_version_that_was_loaded_late_counts_when_the_old_deadline_fires() -> None:
    pipeline = waiting(10, book(ONE))
    pipeline.rules.book = book(ONE, TWO)
    assert raised(pipeline, 130) == [("2026-01-01T00:01:10.000Z", 2)]


@pytest.mark.parametrize("seconds", [121, 180, 3600])
def test_a_deadline_that_was_put_off_while_it_ran_fires_later(seconds: int) -> None:
    pipeline = waiting(0, book(ONE))
    pipeline.rules.book = book(ONE.replace("120 s", f"{seconds} s"))
    assert raised(pipeline, seconds - 1) == []
    assert len(raised(pipeline, seconds)) == 1


def test_a_kind_that_is_switched_off_is_taken_back_and_on_again_told_again() -> None:
    pipeline = waiting(0, book(ONE))
    assert len(raised(pipeline, 120)) == 1
    pipeline.rules.book = book(ONE.replace("over: 120 s", "enabled: false"))
    pipeline.feed([event("call.answered", 300, queue="billing")], RECEIVED_MS + 1)
    assert pipeline.raised() == []
    pipeline.rules.book = book(ONE)
    pipeline.feed([event("call.ended", 400)], RECEIVED_MS + 2)
    assert [friction.at for friction in pipeline.raised()] == ["2026-01-01T00:02:00.000Z"]
