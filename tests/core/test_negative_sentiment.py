"""`negative_sentiment`: sentiment at most -0.5, or a phrase of the tenant's list, in what a customer said."""

import pytest

from services.journey_builder.core.rule_book import RuleBook, Version
from services.journey_builder.core.rules import Rules
from services.journey_builder.rules.load import parse_rules
from tests.core.given import DAY, Told, event, raised, told
from tests.core.pipeline import RECEIVED_MS, Pipeline

KIND = "negative_sentiment"


def test_half_way_down_is_negative() -> None:
    assert raised(KIND, [event("email.received", 0, sentiment=-0.49)]) == []
    assert raised(KIND, [event("email.received", 0, sentiment=-0.5)]) == [
        Told("c1", 0, "channel:email", ("received",))
    ]


def test_only_what_the_customer_said_counts_and_only_the_first_time() -> None:
    lines = [
        event("call.transcribed", at, by=by, sentiment=-0.9, queue="billing")
        for at, by in enumerate(["agent", "customer", "customer"])
    ]
    assert raised(KIND, lines) == [Told("c1", 1, "queue:billing", ("transcribed",))]


@pytest.mark.parametrize("type_", ["social.posted", "touchpoint.happened"])
def test_posts_and_touchpoints_count(type_: str) -> None:
    assert len(raised(KIND, [event(type_, 0, sentiment=-1)])) == 1


@pytest.mark.parametrize(
    ("text", "language", "count"),
    [
        ("I want my money back now!", "en-GB", 1),
        ("I want my MONEY BACK", None, 0),
        ("money backs", "en", 0),
        ("eine Frechheit ist das", "de", 1),
        ("cancel it", "fr", 1),
    ],
)
def test_the_tenants_own_phrases_are_heard_in_their_language(
    text: str, language: str | None, count: int
) -> None:
    phrases: dict[str, tuple[str, ...]] = {"en": ("money back",), "de": ("frechheit",), "*": ("cancel it",)}
    book = RuleBook([Version(Rules(negative_phrases=phrases))])
    pipeline = Pipeline(book=book)
    answer = event("survey.answered", 0, metric="csat", score=5, text=text, language=language)
    pipeline.feed([answer], RECEIVED_MS)
    assert [told(one).touchpoint for one in pipeline.raised()] == ["channel:survey"] * count


def test_where_it_is_off_it_hides_none_of_another_queue() -> None:
    off = "overrides: [{when: {queue: [test]}, set: {negative_sentiment: {enabled: false}}}]"
    pipeline = Pipeline(book=parse_rules(f"versions: [{{version: 1, {off}}}]").book)
    angry = [event("call.transcribed", when, by="customer", sentiment=-0.9) for when in (10, 30)]
    moved = [event("call.queued", 0, queue="test"), event("call.answered", 5), angry[0]]
    pipeline.feed([*moved, event("call.transferred", 20, to_queue="billing"), angry[1]], RECEIVED_MS)
    assert [one.touchpoint for one in pipeline.raised()] == ["queue:billing"]


def test_a_conflicting_copy_from_beyond_the_horizon_moves_no_rule() -> None:
    pipeline = Pipeline()
    said = event("call.transcribed", 40 * DAY + 10) | {"id": "x", "sequence": "1"}
    pipeline.feed([event("call.queued", 40 * DAY), said], RECEIVED_MS)
    old = event("call.transcribed", 0, by="customer", sentiment=-0.9) | {"id": "x", "sequence": "2"}
    pipeline.feed([old], RECEIVED_MS + 1)
    assert [one.kind for one in pipeline.raised() if one.kind == "negative_sentiment"] == []
