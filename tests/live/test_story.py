"""What an agent is told of the time before."""

from typing import Any

import orjson

from services.live.core.story import sentence, story
from tests.live.given import SOURCE, Given, contact, event, wait


def _told(head: Given, *steps: Given) -> str:
    assert head.value
    return sentence(orjson.loads(head.value), [_step(step) for step in steps])


def _step(step: Given) -> dict[str, Any]:
    assert step.value
    document = orjson.loads(step.value)
    return {**document, "channel": document["type"].partition(".")[0]}


def test_it_tells_of_a_caller_who_gave_up() -> None:
    head = contact(waits=(wait("billing", 0, 200, "abandoned"),))
    told = _told(head, event("call.abandoned"))
    assert told == "21 Nov 10:00 – called, waited 3 min 20 s for billing, gave up."


def test_it_tells_of_one_who_is_still_waiting() -> None:
    assert (
        _told(contact(waits=(wait("billing", 0),))) == "21 Nov 10:00 – called, is still waiting for billing."
    )


def test_it_tells_of_answers_transfers_and_the_end() -> None:
    head = contact(waits=(wait("front_desk", 0, 5, "answered"),), goal="move_home")
    moves = [event("call.transferred", to_queue=queue) for queue in ("a", "b")]
    told = _told(head, *moves, event("call.ended", resolved=False))
    assert told == (
        "21 Nov 10:00 – called about move home, waited 5 s for front desk, was answered,"
        " was transferred 2 times, it was not resolved."
    )


def test_it_tells_of_a_form_that_was_left() -> None:
    changed = event("web_form.field_changed", form_id="address", field="street")
    failed = event("web_form.field_failed", form_id="address", field="postcode", error="format")
    told = _told(contact(channel="web_form"), changed, failed)
    assert told == "21 Nov 10:00 – was on form address, met 1 error, got as far as postcode."


def test_it_tells_of_a_form_that_was_submitted() -> None:
    told = _told(contact(channel="web_form"), event("web_form.submitted", form_id="address"))
    assert told == "21 Nov 10:00 – was on form address, submitted it."


def test_it_tells_of_calls_by_us_and_call_backs() -> None:
    assert "was called by us" in _told(contact(), event("call.started", direction="outbound"))
    assert "called back" in _told(contact(is_call_back=True))


def test_it_tells_of_every_other_channel() -> None:
    told = {
        channel: _told(contact(channel=channel))
        for channel in ("ivr", "chat", "email", "social", "ticket", None)
    }
    assert told[None] == "21 Nov 10:00 – was in touch."
    assert len(set(told.values())) == len(told)
    assert "router" in _told(contact(channel="ticket"), event("ticket.opened", topic="router"))
    assert "x com" in _told(contact(channel="social"), event("social.posted", network="x_com"))
    assert "shop – no stock" in _told(
        contact(channel="touchpoint"), event("touchpoint.happened", place="shop", what="no stock")
    )


def test_it_survives_steps_of_any_shape() -> None:
    odd = event("call.unheard_of", reason=["x"], resolved="maybe", field=7, form_id={"a": 1})
    assert _told(contact(), odd) == "21 Nov 10:00 – called."


def test_it_tells_a_sentence_a_contact() -> None:
    heads = [orjson.loads(head.value or b"") for head in (contact("a"), contact("b", 60))]
    told = story(heads, {(SOURCE, "b"): [_step(event("call.ended", "b", resolved=True))]})
    assert told == ["21 Nov 10:00 – called.", "21 Nov 10:01 – called, it was resolved."]
