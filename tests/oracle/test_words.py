"""What was said, scored, handed to and fro, and opened again."""

from itertools import pairwise
from typing import Any

import pytest

from .build import PBX, call, event, found, moments
from .contacts import frictions, named
from .limits import Limits


@pytest.mark.parametrize(("sentiment", "count"), [(-0.499, 0), (-0.5, 1), (-1, 1), (None, 0)])
@pytest.mark.parametrize(
    ("type_", "by"),
    [
        ("call.transcribed", {}),
        ("call.transcribed", {"by": "customer"}),
        ("chat.message_sent", {"by": "customer"}),
        ("email.received", {}),
        ("social.posted", {}),
        ("touchpoint.happened", {}),
    ],
)
def test_negative_sentiment_is_at_most_minus_a_half(
    type_: str, by: dict[str, str], sentiment: float | None, count: int
) -> None:
    assert len(found("negative_sentiment", [event(type_, 0, sentiment=sentiment, **by)])) == count


@pytest.mark.parametrize(
    ("type_", "by"),
    [
        ("call.transcribed", "agent"),
        ("chat.message_sent", "bot"),
        ("chat.message_sent", "agent"),
        ("agent.noted", None),
        ("survey.answered", None),
    ],
)
def test_what_no_customer_said_is_not_his_sentiment(type_: str, by: str | None) -> None:
    assert found("negative_sentiment", [event(type_, 0, sentiment=-1, by=by)]) == []


def test_negative_sentiment_is_once_a_contact_where_it_then_queued() -> None:
    said = [event("call.transcribed", at, sentiment=-0.9) for at in (5, 15)]
    (bitter,) = found("negative_sentiment", [*said, event("call.queued", 9, queue="billing")])
    assert (bitter.touchpoint, bitter.evidence) == ("channel:call", ("c1:call.transcribed@5",))
    (bitter,) = found("negative_sentiment", [*said, event("call.queued", 4, queue="billing")])
    assert bitter.touchpoint == "queue:billing"


@pytest.mark.parametrize(("text", "count"), [("Cancel my contract!", 1), ("cancelled", 0), ("", 0)])
@pytest.mark.parametrize("type_", ["email.received", "survey.answered"])
def test_a_phrase_of_the_list_is_negative_too(type_: str, text: str, count: int) -> None:
    said = [event(type_, 0, text=text)]
    phrases = Limits(phrases=("cancel",))
    assert len(frictions(said, limits=phrases)) - len(frictions(said)) == count


def scored(metric: str, score: float, **said: Any) -> list[dict[str, Any]]:
    return [
        *call("c1", 0, 60, queue="billing"),
        event("survey.answered", 99, metric=metric, score=score, **said),
    ]


@pytest.mark.parametrize(
    ("metric", "score", "said", "count"),
    [
        ("csat", 2, {}, 1),
        ("csat", 2.01, {}, 0),
        ("csat", 0, {"scale_min": 0}, 1),
        ("csat", 3.25, {"scale_max": 10}, 1),
        ("csat", 3.26, {"scale_max": 10}, 0),
        ("nps", 6, {}, 1),
        ("nps", 7, {}, 0),
        ("nps", 6, {"scale_min": 1, "scale_max": 5}, 1),
        ("ces", 2.5, {}, 1),
        ("ces", 2.51, {}, 0),
        ("ces", 5.5, {"easier_is": "low"}, 1),
        ("ces", 5.49, {"easier_is": "low"}, 0),
        ("ces", 5.5, {"easier_is": "high"}, 0),
        ("csat", 5, {"easier_is": "low"}, 0),
        ("mood", 0, {}, 0),
    ],
)
def test_low_score_by_metric(metric: str, score: float, said: dict[str, Any], count: int) -> None:
    assert len(found("low_score", scored(metric, score, **said))) == count


def test_low_score_is_each_answer_at_the_contacts_last_queue() -> None:
    moved = event("call.transferred", 300, to_queue="moves")
    again = event("survey.answered", 200, metric="nps", score=0)
    low = found("low_score", [*scored("csat", 1), again, moved])
    assert [one.touchpoint for one in low] == ["queue:moves"] * 2
    assert [one.evidence for one in low] == [("c1:survey.answered@99",), ("c1:survey.answered@200",)]


SURVEYS = "//acme/surveys"


@pytest.mark.parametrize(
    ("about", "subject", "anchor"),
    [
        ({"source": PBX, "subject": "c9"}, "s1", (PBX, "c9")),
        (None, "s1", (SURVEYS, "s1")),
        (None, None, (SURVEYS, "survey:s1:survey.answered@0")),
    ],
)
def test_a_score_about_no_known_contact(
    about: dict[str, str] | None, subject: str | None, anchor: tuple[str, str]
) -> None:
    answer = event("survey.answered", 0, "s1", metric="nps", score=1, about=about) | {"source": SURVEYS}
    answer = {name: value for name, value in (answer | {"subject": subject}).items() if value is not None}
    (low,) = found("low_score", [answer])
    assert ((low.source, low.subject), low.touchpoint) == (anchor, "channel:survey")


def test_a_survey_about_a_contact_is_anchored_in_it() -> None:
    answer = event("survey.answered", 99, "s1", metric="nps", score=1, about={"source": PBX, "subject": "c1"})
    (low,) = found("low_score", [*call("c1", 0, 60), answer | {"source": SURVEYS}])
    assert (low.source, low.subject, low.touchpoint) == (PBX, "c1", "channel:call")


def handed(at: float, there: str, here: str, **data: str) -> dict[str, Any]:
    return event("chat.handed_over", at, **({"from": there, "to": here} | data))


@pytest.mark.parametrize(
    ("route", "at"),
    [
        (["bot", "agent"], []),
        (["bot", "agent", "bot"], [2]),
        (["agent", "bot", "agent", "bot"], [2]),
        (["bot", "agent", "agent"], []),
        (["bot", "bot", "agent", "agent", "bot"], [4]),
    ],
)
def test_bot_bounce_is_the_second_handover_between_bot_and_agent(route: list[str], at: list[float]) -> None:
    told = [handed(number + 1, *pair) for number, pair in enumerate(pairwise(route))]
    assert moments("bot_bounce", told) == at


def test_bot_bounce_names_the_bot_last_known() -> None:
    bounced = [handed(1, "bot", "agent"), handed(5, "agent", "bot")]
    (bounce,) = found("bot_bounce", bounced)
    assert (bounce.touchpoint, len(bounce.evidence)) == ("channel:chat", 2)
    messages = [event("chat.message_sent", at, by="bot", bot=f"b{at}") for at in (0, 3, 9)]
    assert found("bot_bounce", bounced + messages)[0].touchpoint == "bot:b3"
    assert found("bot_bounce", [bounced[0], handed(5, "agent", "bot", bot="new")])[0].touchpoint == "bot:new"


def test_reopened_ticket_is_each_reopening_under_the_topic_last_known() -> None:
    ticket = [
        event("ticket.reopened", 1),
        event("ticket.opened", 2, topic="router"),
        event("ticket.reopened", 3),
        event("ticket.updated", 4, topic="bill"),
        event("ticket.reopened", 5),
        event("ticket.reopened", 6, topic="other"),
        event("ticket.updated", 7, topic="never"),
    ]
    reopened = found("reopened_ticket", ticket)
    topics = ["channel:ticket", "topic:router", "topic:bill", "topic:other"]
    assert [one.touchpoint for one in reopened] == topics
    assert reopened[0].evidence == ("c1:ticket.reopened@1",)


@pytest.mark.parametrize("type_", ["ticket.opened", "ticket.updated", "ticket.resolved"])
def test_nothing_else_reopens_a_ticket(type_: str) -> None:
    assert found("reopened_ticket", [event("ticket.resolved", 0), event(type_, 5)]) == []


def test_the_ordinal_counts_what_might_have_been_raised() -> None:
    """So the id of the second answer does not hang on what the first one says."""
    second = event("survey.answered", 9, metric="nps", score=1)
    low, high = (event("survey.answered", 5, metric="nps", score=score) for score in (1, 9))
    both, alone = named([low, second]), named([high, second])
    assert len(both) == 2
    assert set(alone) < set(both)
