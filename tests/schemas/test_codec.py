"""Bytes become an event, or leave with a reason that tells their sender what to do."""

from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from schemas.canonical import canonical
from schemas.codec import EVENT_BYTES_MAX, InvalidEvent, Reason, check_time, decode_event
from schemas.data.voice import IvrMenuEntered
from schemas.data.written import Unknown
from schemas.shape import inspect
from tests.core.histories import histories

Raw = dict[str, Any]
MENU: Raw = {
    "specversion": "1.0",
    "id": "1",
    "source": "//acme/pbx",
    "type": "ivr.menu_entered",
    "time": "2026-11-21T10:00:00.123+02:00",
    "subject": "call-8842",
    "data": {"node": "main", "options": 7, "identifiers": {"phone": "+14155550101"}},
}


def decoded(**changes: Any) -> Any:
    return decode_event(orjson.dumps({**MENU, **changes}))


def refused(raw: bytes) -> Reason:
    with pytest.raises(InvalidEvent) as caught:
        decode_event(raw)
    assert caught.value.detail
    return caught.value.reason


def test_it_reads_an_event() -> None:
    event = decoded()
    assert isinstance(event.data, IvrMenuEntered)
    assert (event.data.node, event.at_us, event.tenant) == ("main", 1795248000123000, "default")
    assert event.key == b"//acme/pbx\x1fcall-8842"


def test_it_names_the_contact_that_the_event_is_about() -> None:
    about = {"source": "//acme/pbx", "subject": "call-1"}
    event = decoded(type="survey.answered", data={"metric": "nps", "score": 3, "about": about})
    assert event.key == b"//acme/pbx\x1fcall-1"


def test_it_keys_a_lone_survey_by_its_id() -> None:
    event = decoded(type="survey.answered", subject=None, data={"metric": "nps", "score": 3})
    assert event.key == b"//acme/pbx\x1fsurvey:1"


def test_it_keys_a_lone_customer_event_by_its_strongest_identifier() -> None:
    identifiers = {"phone": "+14155550101", "customer_id": ["c1", "c2"]}
    event = decoded(type="customer.identified", subject=None, data={"identifiers": identifiers})
    assert event.key == b"c2"


def test_it_carries_unknown_types_of_known_channels() -> None:
    event = decoded(type="ivr.sang", data={"queue": "moves", "song": 1})
    assert isinstance(event.data, Unknown)
    assert (event.data.name, event.data.queue) == ("ivr.sang", "moves")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": "fax.received"}, Reason.UNKNOWN_CHANNEL),
        ({"type": "ivr"}, Reason.UNKNOWN_CHANNEL),
        ({"specversion": "0.3"}, Reason.SCHEMA),
        ({"id": ""}, Reason.SCHEMA),
        ({"time": "yesterday"}, Reason.SCHEMA),
        ({"time": "2026-11-21T10:00:00"}, Reason.SCHEMA),
        ({"subject": None}, Reason.SCHEMA),
        ({"subject": "a\x1fb"}, Reason.SCHEMA),
        ({"data": {"node": 3}}, Reason.SCHEMA),
        ({"data": {}}, Reason.SCHEMA),
        ({"data": {"node": "main", "identifiers": {"phone": 5}}}, Reason.SCHEMA),
        ({"data": {"node": "main", "more": 2.0**70}}, Reason.NUMBER_OUT_OF_RANGE),
        ({"data": {"node": "main", "more": list(range(600))}}, Reason.TOO_COMPLEX),
        ({"data": {"node": "x" * 70_000}}, Reason.TOO_COMPLEX),
    ],
)  # fmt: skip
def test_it_refuses_with_a_reason(changes: Raw, reason: Reason) -> None:
    assert refused(orjson.dumps({**MENU, **changes})) is reason


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", Reason.NOT_JSON),
        (b"{", Reason.NOT_JSON),
        (b'{"a": NaN}', Reason.NOT_JSON),
        (b'{"a": "\\ud800"}', Reason.NOT_JSON),
        (b"[]", Reason.NOT_AN_OBJECT),
        (b'{"a": 1' + b"0" * 400 + b"}", Reason.NUMBER_OUT_OF_RANGE),
        (b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}", Reason.TOO_COMPLEX),
        (b'{"a": ' + b"[" * 90_000 + b"]" * 90_000 + b"}", Reason.TOO_COMPLEX),
        (b" " * (EVENT_BYTES_MAX + 1), Reason.TOO_LARGE),
    ],
)
def test_it_survives_bytes_that_mean_harm(raw: bytes, reason: Reason) -> None:
    assert refused(raw) is reason


def test_it_refuses_what_happens_in_the_future_of_its_receipt() -> None:
    event = decoded(time="2026-11-21T10:10:00.000Z")
    check_time(event, received_ms=1795255200_000)
    with pytest.raises(InvalidEvent, match="in_future"):
        check_time(decoded(time="2026-11-21T10:10:00.001Z"), received_ms=1795255200_000)


def test_it_takes_the_last_days_of_the_calendar() -> None:
    assert decoded(time="9999-12-31T23:59:59-23:59").at_us > 0


@pytest.mark.parametrize("time", ["2016-12-31T23:59:60.25Z", "2016-12-31T15:59:60.25-08:00"])
def test_a_leap_second_is_the_next_one(time: str) -> None:
    assert decoded(time=time).at_us == decoded(time="2017-01-01T00:00:00.250Z").at_us


@pytest.mark.parametrize(
    "time", ["2016-12-31T22:59:60Z", "2016-12-31T23:59:60", "2016-13-31T23:59:60Z", "9999-12-31T23:59:60Z"]
)
def test_what_looks_like_a_leap_second_is_refused(time: str) -> None:
    with pytest.raises(InvalidEvent):
        decoded(time=time)


def test_its_digest_forgets_the_run_and_knows_the_tenant() -> None:
    assert decoded().digest == decoded(replay="r1").digest == decoded(tenant="default").digest
    assert decoded().digest != decoded(tenant="other").digest


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text()
    | st.floats(-(2.0**62), 2.0**62)
)
# Small enough to be an event.
documents = st.dictionaries(
    st.text(),
    st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(), inner, max_size=8),
        max_leaves=30,
    ),
    max_size=10,
)


@given(documents)
def test_its_canonical_json_is_that_of_the_standard(document: Raw) -> None:
    assert canonical(document, inspect(document)) == rfc8785.dumps(document)


@given(histories())
def test_what_was_checked_is_read_to_the_same_event(history: list[Raw]) -> None:
    for raw in map(orjson.dumps, history):
        event = decode_event(raw)
        assert decode_event(raw, event.digest) == event


@pytest.mark.parametrize(
    "changes",
    [
        {"data": None},
        {"data": {"node": "main", "options": "many"}},
        {"type": "ivr.something_new"},
        {"type": "fax.received"},
        {"time": "yesterday"},
        {"subject": "a\x1fb"},
        {"subject": None},
    ],
)
def test_a_digest_lets_nothing_in_that_is_refused_without(changes: Raw) -> None:
    raw = orjson.dumps({**MENU, **changes})
    assert _outcome(raw, None) == _outcome(raw, b"\0" * 32)


def _outcome(raw: bytes, digest: bytes | None) -> Any:
    try:
        event = decode_event(raw, digest)
    except InvalidEvent as error:
        return error.reason, error.detail
    return event.type, event.data
