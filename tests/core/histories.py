"""Generated histories: a few customers, contacts of every channel, moments that like the limits."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

T0 = datetime(2026, 1, 1, tzinfo=UTC)
Raw = dict[str, Any]

#: Steps in seconds: small ones, and both sides of every limit.
STEPS = (0, 1, 4.999, 5, 5.001, 30, 60, 119.999, 120, 120.001, 179.999, 180, 180.001, 600)
LONG_STEPS = (899.999, 900, 1799.999, 1800, 1800.001, 7200, 86400, 259200, 259200.001, 604800, 604801)

_nodes = st.sampled_from("abcdef")
_queues = st.sampled_from(["billing", "moves", None])
_forms = st.sampled_from(["address", "card"])


def _with(strategy: st.SearchStrategy[dict[str, Any]], **fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return strategy.map(lambda data: {k: v for k, v in {**data, **fields}.items() if v is not None})


def _data(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return _with(st.fixed_dictionaries(dict(fields)))


PLAIN = _data()
CALL_EVENTS = {
    "ivr.started": PLAIN,
    "ivr.menu_entered": _data(node=_nodes, options=st.sampled_from([None, 3, 6, 7])),
    "ivr.ended": _data(reason=st.sampled_from(["transferred", "contained", "customer_hangup"])),
    "call.started": _data(direction=st.sampled_from([None, None, "inbound", "outbound"])),
    "call.queued": _data(queue=_queues),
    "call.answered": _data(queue=_queues),
    "call.transferred": _data(to_queue=_queues, from_queue=_queues),
    "call.abandoned": _data(queue=_queues),
    "call.ended": _data(resolved=st.sampled_from([None, True, False])),
    "call.dreamed_of": PLAIN,
}
FORM_EVENTS = {
    "web_form.viewed": _data(form_id=_forms),
    "web_form.started": _data(form_id=_forms),
    "web_form.field_changed": _data(form_id=_forms, field=st.sampled_from(["name", "postcode", None])),
    "web_form.field_failed": _data(form_id=_forms, field=st.sampled_from(["name", "iban"])),
    "web_form.left": _data(form_id=_forms),
    "web_form.submitted": _data(form_id=_forms),
    "web_form.page_loaded": _data(page=st.just("/move"), load_ms=st.just(100)),
}
CHAT_EVENTS = {
    "chat.started": PLAIN,
    "chat.message_sent": _data(by=st.sampled_from(["customer", "bot", "agent"])),
    "chat.transferred": _data(to_queue=_queues),
    "chat.ended": PLAIN,
    "chat.abandoned": PLAIN,
}
OTHER_EVENTS = {
    "email.received": PLAIN,
    "email.replied": PLAIN,
    "ticket.opened": _data(topic=st.just("router")),
    "ticket.resolved": PLAIN,
    "touchpoint.happened": _data(place=st.just("shop")),
    "agent.noted": PLAIN,
}
KINDS = (CALL_EVENTS, CALL_EVENTS, FORM_EVENTS, CHAT_EVENTS, OTHER_EVENTS)


@st.composite
def histories(draw: st.DrawFn) -> list[Raw]:
    """CloudEvents of one to three customers, in order of time within each contact."""
    events: list[Raw] = []
    at = 0.0
    for number in range(draw(st.integers(1, 6))):
        at += draw(st.sampled_from(STEPS + LONG_STEPS))
        events += draw(_contact(f"c{number}", at))
    return events


@st.composite
def _contact(draw: st.DrawFn, subject: str, at: float) -> list[Raw]:
    kinds = draw(st.sampled_from(KINDS))
    who = draw(st.sampled_from([None, "ann", "ann", "bob"]))
    goal = draw(st.sampled_from([None, None, "move", "bill"]))
    tenant = draw(st.sampled_from([None, None, None, "acme"]))
    phone = draw(st.sampled_from([None, None, "+14155550101"]))
    events = []
    for number in range(draw(st.integers(1, 9))):
        at += draw(st.sampled_from(STEPS if number % 4 else STEPS + LONG_STEPS))
        name = draw(st.sampled_from(sorted(kinds)))
        data = dict(draw(kinds[name]))
        if who is not None and draw(st.integers(0, 2)):
            data["identifiers"] = {"customer_id": who}
        elif phone is not None:
            data["identifiers"] = {"phone": phone}
        if goal is not None and draw(st.booleans()):
            data["goal"] = goal
        event = _event(f"{subject}-{number}", name, at, subject, data)
        events.append(event if tenant is None else event | {"tenant": tenant})
    return events


@st.composite
def conflicts(draw: st.DrawFn, history: list[Raw]) -> list[Raw]:
    """Some of the events once more, with another content under the same id."""
    again = []
    for event in draw(st.lists(st.sampled_from(history), max_size=3)):
        moment = datetime.fromisoformat(event["time"]) + timedelta(seconds=draw(st.sampled_from(STEPS)))
        sequence = draw(st.sampled_from([{}, {"sequence": "7"}, {"sequence": "10"}]))
        data = {**event["data"], "goal": draw(st.sampled_from(["move", "bill"]))}
        again.append(event | sequence | {"time": moment.isoformat(timespec="milliseconds"), "data": data})
    return again


def _event(event_id: str, name: str, at: float, subject: str, data: dict[str, Any]) -> Raw:
    time = (T0 + timedelta(seconds=round(at, 3))).isoformat(timespec="milliseconds")
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "//acme/all",
        "type": name,
        "time": time,
        "subject": subject,
        "data": data,
    }
