"""Bytes to event, in one place. What cannot become an event leaves as `InvalidEvent` with its reason."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import orjson
from msgspec import Meta, Struct

from schemas.canonical import digest as digest_of
from schemas.data import CHANNELS, TYPES, AnyData, Data
from schemas.data.written import Unknown
from schemas.events import SEPARATOR, Contact, Event, channel_of, contact_of
from schemas.invalid import InvalidEvent, Reason
from schemas.shape import DEPTH_MAX, inspect
from schemas.times import EARLIEST_US, SECOND_US, to_us, without_leap

__all__ = [
    "EVENT_BYTES_MAX",
    "InvalidEvent",
    "Reason",
    "check_time",
    "decode_event",
    "load_json",
    "parse_event",
]

DEFAULT_TENANT = "default"

EVENT_BYTES_MAX = 256 * 1024
IN_FUTURE_MAX_US = 600 * SECOND_US

#: Channels whose events make no contact of their own and may lack a subject.
WITHOUT_SUBJECT = frozenset({"survey", "customer"})


NAME_MAX = 1024
Name = Annotated[str, Meta(min_length=1, max_length=NAME_MAX)]

T = TypeVar("T")


class _Attributes(Struct, kw_only=True, gc=False):
    specversion: Literal["1.0"]
    id: Name
    source: Name
    type: Name
    time: Annotated[datetime, Meta(tz=True)]
    subject: Name | None = None
    tenant: Name | None = None
    sequence: Annotated[str, Meta(max_length=255)] | int | None = None
    replay: Name | None = None


class _Envelope(_Attributes, kw_only=True, gc=False):
    data: dict[str, Any] | None = None


class _Sealed(_Attributes, kw_only=True, gc=False):
    data: msgspec.Raw = msgspec.Raw(b"{}")


_sealed = msgspec.json.Decoder(_Sealed)
_data: dict[str, msgspec.json.Decoder[Any]] = {name: msgspec.json.Decoder(cls) for name, cls in TYPES.items()}


def decode_event(raw: bytes, digest: bytes | None = None) -> Event:
    """One event from its JSON bytes, as a record of `events.*` holds it.

    `digest`: its own, by which the record's writer says that it has checked it all: see `DIGEST_HEADER`.
    """
    if len(raw) > EVENT_BYTES_MAX:
        raise InvalidEvent(Reason.TOO_LARGE, f"{len(raw)} bytes; an event may have {EVENT_BYTES_MAX}")
    event = None if digest is None else _decode_checked(raw, digest)
    return event or parse_event(load_json(raw))


def _decode_checked(raw: bytes, digest: bytes) -> Event | None:
    """At a third of the cost, since nothing has to be walked, sorted and hashed. None: not by this way."""
    try:
        envelope = _sealed.decode(raw)
        decoder = _data.get(envelope.type)
        return None if decoder is None else _event(envelope, decoder.decode(envelope.data), digest)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None  # the other way says what is wrong with it


def load_json(raw: bytes) -> Any:
    """JSON of any shape, strictly: no NaN, no lone surrogates, no number that a double cannot hold."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        if "infinity" in str(error):
            raise InvalidEvent(Reason.NUMBER_OUT_OF_RANGE, f"{error}; send it as a string") from None
        if "depth limit" in str(error):
            raise InvalidEvent(Reason.TOO_COMPLEX, f"{error}; {DEPTH_MAX} levels at most") from None
        raise InvalidEvent(Reason.NOT_JSON, f"{error}; send UTF-8 JSON as in RFC 8259") from None


def parse_event(document: Any) -> Event:
    """One event from its parsed JSON."""
    if not isinstance(document, dict):
        raise InvalidEvent(
            Reason.NOT_AN_OBJECT,
            f"an event is a JSON object, this is a {type(document).__name__}",
        )
    is_plain = inspect(document)
    time = document.get("time")
    before_leap = without_leap(time) if isinstance(time, str) else None
    envelope = _convert(document | {"time": before_leap} if before_leap else document, _Envelope, "$")
    if before_leap:
        envelope.time += timedelta(seconds=1)
    data = _parse_data(envelope.type, envelope.data or {})
    tenant = envelope.tenant or DEFAULT_TENANT
    return _event(envelope, data, digest_of(document, tenant, is_plain))


def _event(envelope: _Attributes, data: AnyData, digest: bytes) -> Event:
    at_us = to_us(envelope.time)
    if at_us < EARLIEST_US:
        raise InvalidEvent(Reason.SCHEMA, "`time` lies before the year 1 in UTC; set the sender's clock")
    tenant, source, subject = envelope.tenant or DEFAULT_TENANT, envelope.source, envelope.subject
    contact, sequence = contact_of(source, subject, data, envelope.type, envelope.id), envelope.sequence
    if subject is None:
        _check_subject(envelope.type, data)
    _check_names(contact, tenant)
    return Event(
        id=envelope.id,
        source=source,
        type=envelope.type,
        at_us=at_us,
        subject=subject,
        data=data,
        tenant=tenant,
        sequence=None if sequence is None else str(sequence),
        replay=envelope.replay,
        contact=contact,
        digest=digest,
    )


def check_time(event: Event, received_ms: int) -> None:
    """Refuses an event that claims to come from the future of its receipt."""
    ahead_us = event.at_us - received_ms * 1000
    if ahead_us > IN_FUTURE_MAX_US:
        raise InvalidEvent(
            Reason.IN_FUTURE,
            f"`time` is {ahead_us // SECOND_US} s ahead of its receipt; set the sender's clock",
        )


def _parse_data(type_name: str, data: dict[str, Any]) -> AnyData:
    cls = TYPES.get(type_name)
    if cls is not None:
        return _convert(data, cls, "$.data")  # type: ignore[return-value]
    if channel_of(type_name) not in CHANNELS or "." not in type_name:
        raise InvalidEvent(
            Reason.UNKNOWN_CHANNEL,
            f"type {type_name!r} is of no known channel; channels are {', '.join(CHANNELS)}",
        )
    shared = _convert(data, Data, "$.data")
    return Unknown(
        name=type_name,
        **{name: getattr(shared, name) for name in Data.__struct_fields__},
    )


def _convert(value: Mapping[str, Any], cls: type[T], path: str) -> T:
    try:
        return msgspec.convert(value, cls)
    except msgspec.ValidationError as error:
        message = str(error)
        if " - at `$" in message:
            message = message.replace("at `$", f"at `{path}")
        else:
            message = f"{message} - at `{path}`"
        raise InvalidEvent(Reason.SCHEMA, message) from None


def _check_subject(type_name: str, data: AnyData) -> None:
    if data.about is None and channel_of(type_name) not in WITHOUT_SUBJECT:
        raise InvalidEvent(
            Reason.SCHEMA,
            f"{type_name} needs a `subject`: the id of its contact in the source system",
        )


def _check_names(contact: Contact, tenant: str) -> None:
    if len(contact.source) > NAME_MAX or len(contact.subject) > NAME_MAX:
        raise InvalidEvent(Reason.SCHEMA, f"a contact's names may have {NAME_MAX} characters")
    if SEPARATOR in contact.source or SEPARATOR in contact.subject or SEPARATOR in tenant:
        raise InvalidEvent(Reason.SCHEMA, "`source`, `subject` and `tenant` may not hold U+001F")
