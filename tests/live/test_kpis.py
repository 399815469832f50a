"""KPIs by worked examples: every variant's number can be checked by hand. The clock stands at second 0."""

from typing import Any

import pytest
from sqlalchemy import Engine

from schemas.contacts import Handling, Resolved, Service
from schemas.frictions import Kind
from tests.live.conftest import Api
from tests.live.figures import began, figures, us
from tests.live.given import at, contact, event, feed, friction, retracted, wait
from tests.oracle.build import DAY, HOUR, MINUTE

#: Ten waits: start to end, how.
WAITS = [
    (5, "answered"), (10, "answered"), (20, "answered"), (30, "answered"), (90, "answered"),
    (3, "abandoned"), (15, "abandoned"), (60, "abandoned"), (8, "transferred"),
]  # fmt: skip


@pytest.fixture
def queue(engine: Engine) -> None:
    ended = tuple(wait("billing", -HOUR, seconds - HOUR, how) for seconds, how in WAITS)
    feed(engine, contact("a", -HOUR, waits=(*ended, wait("billing", -100))))


@pytest.mark.usefixtures("queue")
def test_the_service_level_is_what_each_vendor_means_by_it(api: Api) -> None:
    # 3 of the 5 answered within 20 s (exactly 20 s is in time), 3 given up, one moved on, one still waits.
    assert figures(api)["service_level"] == {
        "answered_or_abandoned": 3 / 8,
        "without_short_abandons": round(3 / 7, 4),
        "with_flow_outs": round(3 / 9, 4),
        "removed_from_queue": 5 / 10,
    }
    assert figures(api, target_seconds=30)["service_level"]["answered_or_abandoned"] == 4 / 8


@pytest.mark.usefixtures("queue")
def test_waits_that_were_given_up(api: Api) -> None:
    told = figures(api)
    assert told["abandon_rate"] == {"of_offered": 3 / 10, "without_short_abandons": round(2 / 9, 4)}
    assert told["short_abandon_rate"] == {"of_offered": 1 / 10}
    assert told["average_abandon_time"] == {"abandoned": (3 + 15 + 60) / 3}
    assert figures(api, short_abandon_seconds=15)["short_abandon_rate"] == {"of_offered": 2 / 10}


@pytest.mark.usefixtures("queue")
def test_how_soon_was_answered_and_who_waits_longest(api: Api) -> None:
    told = figures(api)
    assert told["average_speed_of_answer"] == {"answered": (5 + 10 + 20 + 30 + 90) / 5}
    assert told["longest_wait"] == {"all": 100.0}  # he still waits


def test_a_wait_whose_end_was_missed_is_not_the_longest(engine: Engine, api: Api) -> None:
    gone = contact("a", -5 * HOUR, last_event_at=at(-5 * HOUR), waits=(wait("billing", -5 * HOUR),))
    feed(engine, gone)
    assert figures(api)["longest_wait"] == {"all": None}
    feed(engine, contact("b", -HOUR, waits=(wait("billing", -HOUR, 50 - HOUR, "answered"),)))
    assert figures(api)["longest_wait"] == {"all": 50.0}


def test_handle_time_hold_time_and_transfers(engine: Engine, api: Api) -> None:
    minute_us = us(MINUTE) - us(0)
    feed(
        engine,
        began("a", -HOUR, handling=Handling(6 * minute_us, 2 * minute_us), reached_us=us(-HOUR), transfers=2),
        began("b", -HOUR, handling=Handling(3 * minute_us), reached_us=us(-HOUR)),
        began("gave up", -HOUR, transfers=1),
    )
    told = figures(api)
    assert told["average_handle_time"] == {"talk_and_hold": 4.5 * MINUTE}
    assert told["average_hold_time"] == {"of_handled": MINUTE}
    # Several transfers of one call count once; who reached nobody was not handled.
    assert told["transfer_rate"] == {"of_handled": 0.5}
    assert told["transfers_per_contact"] == {"of_handled": 1.0}


def test_who_comes_again_within_seven_days(engine: Engine, api: Api) -> None:
    """Ann comes twice, Bob once, Cem again after 8 days, Dora is called back by her own hand."""
    feed(
        engine,
        began("ann-1", -30 * DAY, who="ann"),
        began("ann-2", -27 * DAY, who="ann", resolved=Resolved.YES, resolved_us=us(-27 * DAY)),
        began("bob", -30 * DAY, who="bob", resolved=Resolved.YES, resolved_us=us(0.5 * HOUR - 30 * DAY)),
        began("cem-1", -30 * DAY, who="cem", resolved=Resolved.NO, resolved_us=us(-30 * DAY)),
        began("cem-2", 5 * MINUTE - 22 * DAY, who="cem"),
        began("dora-1", -30 * DAY, who="dora"),
        began("dora-2", 6 * MINUTE - 30 * DAY, who="dora", is_call_back=True),
        friction("f", -27 * DAY, "ann-2", kind=Kind.REPEAT_CONTACT),
    )
    told = figures(api, window="40d")
    # Seven contacts: ann-2 follows ann-1; the others stand alone.
    assert told["first_contact_resolution"] == {
        "no_repeat": round(5 / 7, 4),
        "said_resolved_no_repeat": round(1 / 7, 4),
    }
    assert told["repeat_rate"] == {
        "by_rule": round(1 / 7, 4),
        "any_reason": round(1 / 7, 4),
        "returned": round(1 / 7, 4),
    }
    assert told["resolution_time"] == {"last_word": 0.25 * HOUR}
    assert figures(api, window="40d", return_days=8)["repeat_rate"]["any_reason"] == round(2 / 7, 4)


def test_of_two_that_end_as_they_begin_one_follows_the_other(engine: Engine, api: Api) -> None:
    feed(engine, *(began(name, -10 * DAY, minutes=0) for name in ("a", "b")))
    told = figures(api, window="20d")
    assert told["repeat_rate"] | told["first_contact_resolution"] == {
        "by_rule": 0.0,
        "any_reason": 0.5,
        "returned": 0.5,
        "no_repeat": 0.0,
        "said_resolved_no_repeat": 0.0,
    }


def test_a_repeat_that_was_taken_back_is_none(engine: Engine, api: Api) -> None:
    feed(engine, began("a", -HOUR), retracted("f", -HOUR, subject="a", kind=Kind.REPEAT_CONTACT))
    assert figures(api)["repeat_rate"]["by_rule"] == 0.0


def test_contacts_of_merged_customers_follow_each_other_until_they_are_apart(
    engine: Engine, api: Api
) -> None:
    def repeats() -> float | None:
        return figures(api, window="30d")["repeat_rate"]["any_reason"]

    feed(engine, began("a", -20 * DAY, who="ann"), began("b", -18 * DAY, who="visitor"))
    assert repeats() == 0.0
    feed(engine, began("b", -18 * DAY, who="ann"))
    assert repeats() == 0.5
    feed(engine, began("b", -18 * DAY, who="visitor"))
    assert repeats() == 0.0


def test_what_a_machine_kept_and_who_came_again(engine: Engine, api: Api) -> None:
    feed(
        engine,
        began("alone", -20 * DAY, who="ann", met_machine=True, is_contained=True),
        began("again", -19 * DAY, who="ann"),
        began("hung up", -20 * DAY, who="bob", met_machine=True),
        began("to a queue", -20 * DAY, who="cem", met_machine=True, left_machine=True),
    )
    told = figures(api, window="30d")
    assert told["containment"] == {"no_person": round(2 / 3, 4), "said_contained": round(1 / 3, 4)}
    assert told["contained_then_returned"] == {"no_person": 0.5}


def test_the_first_answer_in_writing(engine: Engine, api: Api) -> None:
    feed(
        engine,
        began("chat", -HOUR, channel="chat", reached_us=us(30 - HOUR)),
        began("mail", -HOUR, channel="email", reached_us=us(90 - HOUR)),
        began("post", -HOUR, channel="social"),
        began("call", -HOUR, channel="call", reached_us=us(7 - HOUR)),
        began("we wrote", -HOUR, channel="email", may_repeat=False, reached_us=us(-HOUR)),
        began("an agent began", -HOUR, channel="chat", reached_us=us(-HOUR)),
    )
    assert figures(api)["first_response_time"] == {"first_person": 60.0}


def test_forms_that_were_begun_and_left(engine: Engine, api: Api) -> None:
    forms = [contact(name, -HOUR, channel="web_form", service=Service(has_form=True)) for name in "abc"]
    left = friction("f", -HOUR, "a", kind=Kind.ABANDONED_FORM)
    after_all = retracted("g", -HOUR, subject="b", kind=Kind.ABANDONED_FORM)
    feed(engine, *forms, contact("seen", -HOUR, channel="web_form"), left, after_all)
    assert figures(api)["form_abandon_rate"] == {"changed": round(1 / 3, 4)}


def test_answers_on_their_scales(engine: Engine, api: Api) -> None:
    said: list[dict[str, Any]] = [
        *({"metric": "csat", "score": score} for score in (5, 4, 3, 1)),
        {"metric": "csat", "score": 100, "scale_min": 0, "scale_max": 100},
        *({"metric": "nps", "score": score} for score in (10, 9, 8, 7, 6, 0, 9)),
        *({"metric": "ces", "score": score} for score in (7, 5, 4)),
        {"metric": "ces", "score": 1, "easier_is": "low"},
        {"metric": "csat", "score": 3, "scale_min": 5, "scale_max": 5},  # no scale
    ]
    feed(engine, *(event("survey.answered", f"s{n}", -n, **one) for n, one in enumerate(said, 1)))
    told = figures(api)
    assert told["csat"] == {"satisfied": 3 / 5, "mean": round((1 + 0.75 + 0.5 + 0 + 1) / 5, 4)}
    assert told["nps"] == {"net": round(100 * (3 - 2) / 7, 4)}
    assert told["ces"] == {"easy": 3 / 4, "mean": round((6 / 6 + 4 / 6 + 3 / 6 + 1) / 4, 4)}


@pytest.mark.parametrize("correction", [{"scale_min": 5, "scale_max": 5}, {"metric": "nps"}])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_answer_that_was_corrected_into_none_is_none(
    engine: Engine, api: Api, correction: dict[str, Any], order: tuple[int, int]
) -> None:
    said = {"metric": "csat", "score": 5}
    copies = [
        event("survey.answered", "a", -9, id="s", sequence=str(n), **(said | more))
        for n, more in enumerate(({}, correction))
    ]
    for n in order:
        feed(engine, copies[n])
    assert figures(api, kpi="csat")["csat"]["satisfied"] is None


def test_an_answer_that_comes_twice_counts_once_and_as_it_stands(engine: Engine, api: Api) -> None:
    first = event("survey.answered", "a", -9, id="s", sequence="1", metric="nps", score=0)
    corrected = event("survey.answered", "a", -9, id="s", sequence="2", metric="nps", score=10)
    for record in (first, corrected, first):
        feed(engine, record)
    assert figures(api, kpi="nps") == {"nps": {"net": 100.0}}
