"""What no honest platform sends, with what must become of it."""

import time
from typing import Any, NamedTuple

import orjson

from tests.e2e.mixed import Raw, event

PBX = "//acme/pbx"
NESTED = 200
LARGE_BYTES = 2 * 1024 * 1024


class Bad(NamedTuple):
    """`status` and `code`: of it alone over HTTP. `reason`: of it in quarantine, from a list or a topic."""

    name: str
    value: bytes
    status: int
    reason: str
    #: Whether a list with it in the middle is JSON still.
    breaks_lists: bool = False


def good(subject: str, customer: str | None = None, **data: Any) -> Raw:
    """A call that ended an hour ago."""
    brought = {"identifiers": {"customer_id": customer or subject}}
    return event(PBX, subject, 0, ("call.ended", 0, {**brought, **data}), time.time() - 3600)


def bad_ones() -> tuple[Bad, ...]:
    return (
        Bad("no JSON", b'{"specversion": "1.0", "id"', 400, "not_json", True),
        Bad("NaN", _with(b"NaN"), 400, "not_json", True),
        Bad("lone surrogates", _with(rb'"\ud83d"'), 400, "not_json"),
        Bad("raw surrogates", _with(b'"\xed\xa0\xbd"'), 400, "not_json", True),
        Bad("a list", b'[["call.ended"]]', 422, "not_an_object"),
        Bad("a number", b"17", 422, "not_an_object"),
        Bad("wrong types", _but(id=17), 422, "schema"),
        Bad("wrong data", _but(data={"queue": ["billing"]}), 422, "schema"),
        Bad("data of a wrong type", _but(data="billing"), 422, "schema"),
        Bad("no id", _but(id=None), 422, "schema"),
        Bad("no subject", _but(subject=None), 422, "schema"),
        Bad("no time zone", _but(time="2026-01-01T00:00:00"), 422, "schema"),
        Bad("no such month", _but(time="2026-13-01T00:00:00Z"), 422, "schema"),
        Bad("before the calendar", _but(time="0001-01-01T00:00:00+14:00"), 422, "schema"),
        Bad("a control character in a name", _but(subject="a\x1fb"), 422, "schema"),
        Bad("deep nesting", _with(b"[" * NESTED + b"]" * NESTED), 422, "too_complex"),
        Bad("deeper nesting", _with(b"[" * 50_000 + b"]" * 50_000), 422, "too_complex"),
        Bad("many keys", _but(data={str(number): 0 for number in range(2000)}), 422, "too_complex"),
        Bad("10^400", _with(b"1" + b"0" * 400), 422, "number_out_of_range"),
        Bad("10^400 as sequence", _but(sequence=7).replace(b":7}", b":1" + b"0" * 400 + b"}"), 422,
            "number_out_of_range"),
        Bad("2^63", _but(sequence=2**63), 422, "number_out_of_range"),
        Bad("an unknown channel", _but(type="fax.sent"), 202, "unknown_channel"),
        Bad("no channel", _but(type="call"), 202, "unknown_channel"),
        Bad("year 9999", _but(time="9999-12-31T23:59:59Z"), 202, "in_future"),
        Bad("after the calendar", _but(time="9999-12-31T23:59:59-14:00"), 202, "in_future"),
    )  # fmt: skip


def large(subject: str, size: int = LARGE_BYTES) -> Raw:
    """Well-formed, and too large for an event: each text by itself would do."""
    text = "waiting " * 4000
    return good(subject, **{f"note_{number}": text for number in range(size // len(text) + 1)})


def _but(**changes: Any) -> bytes:
    """A good event but for this; None leaves an attribute out."""
    changed = good("bad") | changes
    return orjson.dumps({name: value for name, value in changed.items() if value is not None})


def _with(value: bytes) -> bytes:
    """A good event with this in its data."""
    return orjson.dumps(good("bad", odd=0)).replace(b'"odd":0', b'"odd":' + value)
