"""Limits of time and size: the horizon, expiry, too many events, events of long ago, tenants."""

import pytest

from services.journey_builder.core import contact_state, truncation
from services.journey_builder.core import judge as judging
from services.journey_builder.core.contact_state import ContactState
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.identity.keys import Keys
from services.journey_builder.core.rules import Rules
from tests.core.given import DAY, call, entered, event, fed, mine
from tests.core.pipeline import RECEIVED_MS, Pipeline

DAY_MS = DAY * 1000


def subjects(pipeline: Pipeline) -> list[list[str]]:
    return sorted([contact.subject for contact in one.contacts] for one in pipeline.journeys())


def test_what_was_said_stands_when_the_customer_comes_back_after_the_horizon() -> None:
    pipeline = fed(
        mine(call("c1", 0, 100)), mine(call("c2", DAY, DAY + 9)), mine(call("c3", 40 * DAY, 40 * DAY + 9))
    )
    assert [one.contact.subject for one in pipeline.raised()] == ["c2"]
    assert subjects(pipeline) == [["c1", "c2"], ["c3"]]


def test_a_contact_that_comes_over_the_horizon_late_joins_nothing() -> None:
    pipeline = fed(mine(call("c2", 40 * DAY, 40 * DAY + 100)), mine(call("c1", 0, 100)))
    assert subjects(pipeline) == [["c2"]]


def test_an_event_over_the_horizon_behind_its_contact_moves_no_rule() -> None:
    queued = [event("call.queued", 0)]
    pipeline = fed([event("call.ended", 36 * DAY)], [*queued, event("call.abandoned", 60)])
    assert pipeline.raised() == []


def test_events_before_1970_are_events() -> None:
    early = [event("call.queued", 0), event("call.abandoned", 60)]
    for one, time in zip(early, ("1969-12-31T23:00:00Z", "1969-12-31T23:01:00Z"), strict=True):
        one["time"] = time
    pipeline = fed(early)
    assert [one.at for one in pipeline.raised()] == ["1969-12-31T23:01:00.000Z"]
    assert [one.last_event_at for one in pipeline.journeys()] == ["1969-12-31T23:01:00.000Z"]


@pytest.mark.parametrize("is_restarted", [False, True])
def test_all_is_forgotten_35_days_after_the_last_receipt(is_restarted: bool) -> None:
    pipeline = fed(mine([event("call.queued", 0), event("call.abandoned", 60)]))
    for _ in range(3):
        pipeline.pass_time((RECEIVED_MS + 35 * DAY_MS) * 1000)
    assert [key[:1] for key in sorted(pipeline.stored("contacts"))] == [b"c", b"x"]
    published = {topic: len(outputs) for topic, outputs in pipeline.log.items()}
    if is_restarted:
        pipeline.restart()
    for _ in range(3):
        pipeline.pass_time((RECEIVED_MS + 35 * DAY_MS + 1) * 1000)
    assert pipeline.stored("contacts") == {}
    # Nothing is left but that readers were told of him, for a merge or separation that comes years later.
    [(left, row)] = pipeline.stored("customers").items()
    assert (left[:1], len(row) < 100) == (b"t", True)
    assert {topic: len(outputs) for topic, outputs in pipeline.log.items()} == published


def test_a_forgotten_contact_may_begin_again() -> None:
    pipeline = fed(mine([event("ticket.opened", 0)]))
    for _ in range(3):
        pipeline.pass_time((RECEIVED_MS + 36 * DAY_MS) * 1000)
    pipeline.feed(mine([event("ticket.reopened", 37 * DAY)]), RECEIVED_MS + 37 * DAY_MS)
    assert [one.opened_at for one in pipeline.journeys()] == ["2026-02-07T00:00:00.000Z"]


def test_a_contact_of_too_many_events_keeps_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact_state, "EVENTS_MAX", 100)
    monkeypatch.setattr(contact_state, "EVENTS_KEPT", 90)
    many = entered("ab" * 150)
    pipeline = fed(*(many[start : start + 7] for start in range(0, 300, 7)))
    pipeline.restart()
    pipeline.feed([event("ivr.ended", 400)], RECEIVED_MS + 1000)
    assert [one.truncated for one in pipeline.journeys()] == [True]
    assert {one.touchpoint for one in pipeline.raised()} == {"node:a", "node:b"}
    assert max(map(len, pipeline.stored("contacts").values())) < 20_000


def test_a_contact_of_too_many_events_stays_its_customers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though nothing is left of the event that named him; and what it linked stays linked."""
    monkeypatch.setattr(contact_state, "EVENTS_MAX", 100)
    monkeypatch.setattr(contact_state, "EVENTS_KEPT", 90)
    names = {"customer_id": "ann", "email": ["old@x.example", "ann@x.example"], "phone": "null"}
    pipeline = fed(
        [event("call.queued", 0, "long", queue="billing", identifiers={"email": "first@x.example"})],
        [event("call.transferred", 1, "long", to_queue="sales", identifiers=names)],
        [event("call.started", -60, "mail", identifiers={"email": "ann@x.example"})],
    )
    for start in range(2, 500, 40):
        said = [event("call.held", start + number, "long") for number in range(40)]
        pipeline.feed(said, RECEIVED_MS + start)
        pipeline.restart()
    pipeline.feed([event("call.answered", 600, "long")], RECEIVED_MS + 700)
    heads = {subject: head.customer_key for (_, _, subject), head in pipeline.contacts().items()}
    assert heads["long"] == heads["mail"] == Keys(b"secret").of("default", "customer_id", "ann")
    assert any(journey.truncated for journey in pipeline.journeys())
    emails = ("ann@x.example", "first@x.example", "old@x.example")
    assert [head.identifiers["email"] for head in pipeline.customers() if head.contacts] == [emails]
    assert not [one for one in pipeline.raised() if one.kind == "long_wait"]


def test_long_words_do_not_make_a_state_outgrow_a_record() -> None:
    long = "x" * 60_000
    pipeline = fed([event("call.started", at, agent=long, goal=long, queue=long) for at in range(70)])
    assert max(map(len, pipeline.stored("contacts").values())) < 300_000


def test_a_customer_of_too_many_events_keeps_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(truncation, "EVENTS_MAX", 60)
    monkeypatch.setattr(truncation, "EVENTS_KEPT", 30)
    pipeline = fed(*(mine(call(f"c{number}", number * DAY, number * DAY + 9)) for number in range(30)))
    assert any(one.truncated for one in pipeline.journeys())
    assert len([key for key in pipeline.stored("customers") if key[17:18] == b"c"]) <= 20
    assert {one.contact.subject for one in pipeline.raised()} >= {f"c{number}" for number in range(20, 30)}
    # Whoever follows one that lost its first contact comes to where the others are.
    assert pipeline.superseded()
    assert all(one.superseded_by for one in pipeline.superseded())


def test_tenants_share_nothing() -> None:
    of_one, of_other = mine(call("c1", 0, 100)), mine(call("c2", 3600, 3700))
    pipeline = fed(
        [one | {"tenant": "acme"} for one in of_one], [one | {"tenant": "else"} for one in of_other]
    )
    assert pipeline.raised() == []
    assert subjects(pipeline) == [["c1"], ["c2"]]
    assert len({one.customer_key for one in pipeline.journeys()}) == 2


def test_the_same_contact_of_two_tenants_is_two() -> None:
    wait = [event("call.queued", 0), event("call.abandoned", 60)]
    pipeline = fed([one | {"tenant": tenant} for tenant in ("acme", "else") for one in wait])
    assert sorted(one.tenant for one in pipeline.raised()) == ["acme", "else"]
    assert len(pipeline.frictions()) == 2


def test_an_earlier_contact_gives_its_journey_another_id() -> None:
    pipeline = fed(mine(call("c2", 3600, 3700)), mine(call("c1", 0, 100)))
    heir, gone = pipeline.journeys()[0], pipeline.superseded()
    assert subjects(pipeline) == [["c1", "c2"]]
    assert [one.superseded_by for one in gone] == [heir.journey_id]


def test_two_journeys_become_one_when_the_contact_between_them_arrives() -> None:
    pipeline = fed(mine(call("c1", 0, 9)), mine(call("c3", 5 * DAY, 5 * DAY + 9)))
    assert subjects(pipeline) == [["c1"], ["c3"]]
    pipeline.feed(mine(call("c2", 2.5 * DAY, 2.5 * DAY + 9)), RECEIVED_MS + 9)
    assert subjects(pipeline) == [["c1", "c2", "c3"]]


def test_a_survey_or_customer_event_alone_makes_a_customer_and_no_journey() -> None:
    known = event("customer.identified", 0, identifiers={"customer_id": "ann"})
    score = event("survey.answered", 9, "s1", metric="csat", score=5, identifiers={"customer_id": "bob"})
    pipeline = fed([known, score])
    assert pipeline.journeys() == []
    assert sorted(one.is_known for one in pipeline.customers()) == [True, True]


def test_events_of_another_system_about_a_contact_belong_to_it() -> None:
    about = {"source": "//acme/pbx", "subject": "c1"}
    said = event("survey.answered", 50, "s1", metric="csat", score=1, about=about, goal="move")
    pipeline = fed(call("c1", 0, 60), [said | {"source": "//acme/surveys"}])
    assert [(one.goal, len(one.contacts)) for one in pipeline.journeys()] == [("move", 1)]


def test_where_thousands_hold_no_more_nobody_asks_why_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fold of the whole contact for each of 500 moments would hold the worker for long."""
    asked: list[str] = []
    told_by = judging._told_by

    def asking(state: ContactState, rules: Rules, at: str) -> list[Finding]:
        asked.append(at)
        return told_by(state, rules, at)

    monkeypatch.setattr(judging, "_told_by", asking)
    slow = [event("web_form.page_loaded", n, page=f"p{n}", load_ms=9000) for n in range(5001)]
    pipeline = fed(slow[:5000])
    # Their own system corrects itself: none was slow.
    pipeline.feed(
        [one | {"sequence": "1", "data": one["data"] | {"load_ms": 9}} for one in slow[:400]], RECEIVED_MS
    )
    gone = [one for one in pipeline.frictions().values() if one.state == "retracted"]
    assert [one.retraction for one in gone] == ["corrected"] * 400
    assert asked == []
