"""Generated histories in which few people share many names: contacts, decisions, and their taking back."""

from typing import Any

from hypothesis import strategies as st

from tests.oracle.build import HOUR, event

Raw = dict[str, Any]

POOL = {
    "customer_id": ["ann", "bob", "cid"],
    "account_id": ["k1", "k2"],
    "email": ["a@x.example", "b@x.example", "c@x.example"],
    "phone": ["+14155550101", "+14155550102", "+14155550103"],
    "visitor_id": ["v1", "v2"],
    "device_id": ["d1"],
}
_names = st.sampled_from([(kind, value) for kind, values in POOL.items() for value in values])
_some = st.lists(_names, min_size=0, max_size=3)
_several = st.lists(_names, min_size=2, max_size=4, unique=True)


@st.composite
def webs(draw: st.DrawFn) -> list[Raw]:
    """Calls, at most one an hour, each naming some of the pool; and what was said of the pool."""
    events: list[Raw] = []
    calls = draw(st.integers(1, 7))
    for number in range(calls):
        start = number * HOUR * draw(st.sampled_from([1, 30]))
        for place, type_ in enumerate(
            draw(st.sampled_from([("call.started",), ("call.started", "call.ended")]))
        ):
            events.append(_naming(event(type_, start + place, f"c{number}"), draw(_some)))
    for number in range(draw(st.integers(0, 5))):
        type_ = draw(st.sampled_from(["customer.identified", "customer.identified", "customer.separated"]))
        said = event(type_, draw(st.integers(0, 20)) * HOUR + number, f"c{draw(st.integers(0, calls))}")
        said["id"] = f"said-{number}"
        if draw(st.booleans()):
            del said["subject"]
        events.append(_naming(said, draw(_several)))
    return events


@st.composite
def corrections(draw: st.DrawFn, history: list[Raw]) -> list[Raw]:
    """Some of the events once more, naming others under the same id."""
    chosen = draw(st.lists(st.sampled_from(history), max_size=2, unique_by=lambda event: event["id"]))
    return [_naming(event | {"sequence": "7"}, draw(_several)) for event in chosen if "subject" in event]


def _naming(event: Raw, names: list[tuple[str, str]]) -> Raw:
    named: dict[str, list[str]] = {}
    for kind, value in names:
        named.setdefault(kind, []).append(value)
    return event | {"data": {**event["data"], "identifiers": named}} if named else event
