"""`channel_switch`: the 3rd channel in one journey that is unresolved when it starts."""

from typing import Any

from tests.core.given import Told, call, event, mine, raised

KIND = "channel_switch"


def chat(subject: str, at: float) -> list[dict[str, Any]]:
    return [event("chat.started", at, subject)]


def test_the_third_channel_is_one() -> None:
    events = [*call("c1", 0, 60), *chat("c2", 3600), event("email.received", 7200, "c3")]
    assert raised(KIND, mine(events)) == [
        Told("c3", 7200, "channel:email", ("started", "started", "received"))
    ]


def test_ivr_and_call_are_one_channel_and_tickets_and_surveys_none() -> None:
    others = [
        event("ticket.opened", 4000, "c4"),
        event("survey.answered", 5000, "c5", metric="csat", score=5),
    ]
    events = [event("ivr.started", 0, "c1"), *call("c2", 900, 960), *chat("c3", 3600), *others]
    assert raised(KIND, mine(events)) == []


def test_outbound_calls_are_none() -> None:
    events = [*call("c1", 0, 60, direction="outbound"), *chat("c2", 3600), event("social.posted", 7200, "c3")]
    assert raised(KIND, mine(events)) == []


def test_a_form_counts_from_its_first_changed_field() -> None:
    viewed = event("web_form.viewed", 7200, "c3", form_id="move")
    changed = event("web_form.field_changed", 7300, "c3", form_id="move", field="name")
    events = [*call("c1", 0, 60), *chat("c2", 3600), viewed]
    assert raised(KIND, mine(events)) == []
    assert [one.at for one in raised(KIND, mine([*events, changed]))] == [7300]


def test_what_was_resolved_before_it_is_none_and_a_reopening_undoes_that() -> None:
    solved = event("chat.ended", 3700, "c2", resolved=True)
    events = [*call("c1", 0, 60), *chat("c2", 3600), solved, event("email.received", 7200, "c3")]
    assert raised(KIND, mine(events)) == []
    unsolved = event("call.ended", 3800, "c1", resolved=False)
    assert len(raised(KIND, mine([*events, unsolved]))) == 1


def test_a_journey_that_was_resolved_stays_so_however_often_it_is_resolved_again() -> None:
    form = [
        event("web_form.page_loaded", 750, "f", page="p", load_ms=1),
        event("web_form.submitted", 800, "f", form_id="g"),
    ]
    again = [event("web_form.submitted", 1000 + n, "f", form_id="g") for n in range(60)]
    before = [*call("k", 0, 60), event("chat.started", 600, "c"), event("chat.ended", 700, "c")]
    assert raised("channel_switch", mine([*before, *form, event("email.received", 900, "m"), *again])) == []
