"""A contact that outgrows its limit, as where a system sends everything under one subject."""

from collections import Counter

import msgspec
import pytest

from schemas import topics
from schemas.frictions import Friction, Kind
from services.journey_builder.core import contact_state
from tests.core.given import event
from tests.core.pipeline import RECEIVED_MS, Pipeline


def test_what_was_found_in_forgotten_events_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is found later has ids of its own: none moves to another moment."""
    monkeypatch.setattr(contact_state, "EVENTS_MAX", 100)
    monkeypatch.setattr(contact_state, "EVENTS_KEPT", 90)
    events = [
        event(type_, number * 600 + later, "long", **more) | {"id": f"{type_}-{number}-{later}"}
        for number in range(200)
        for type_, later, more in (
            ("call.queued", 0, {"queue": "billing"}),
            ("call.answered", 200, {}),
            ("chat.message_sent", 210, {"by": "customer"}),
            ("chat.message_sent", 400, {"by": "agent"}),
            ("ticket.reopened", 410, {}),
            ("web_form.page_loaded", 420, {"page": "p", "load_ms": 9000}),
            ("survey.answered", 430, {"metric": "nps", "score": 1}),
        )
    ]
    pipeline = Pipeline(1)
    for start in range(0, len(events), 21):
        pipeline.feed(events[start : start + 21], RECEIVED_MS + start)
        if start % 2:
            pipeline.restart()
    told = [msgspec.json.decode(one.value, type=Friction) for one in pipeline.log[topics.FRICTIONS.name]]
    of_each = Counter(one.kind for one in told if one.contact.subject == "long")
    kinds = ("long_wait", "slow_response", "reopened_ticket", "slow_page", "low_score")
    assert {kind: of_each[Kind(kind)] for kind in kinds} == dict.fromkeys(kinds, 200)
    assert {one.state for one in told} == {"raised"}
    assert len({one.friction_id for one in told}) == len(told)
    assert len(pipeline.stored("contacts")) < 200
