"""The content modes of CloudEvents over HTTP: headers and body to the JSON of each event."""

from collections.abc import Mapping, Sequence
from enum import StrEnum, auto
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
from msgspec import Struct

from schemas.codec import InvalidEvent, Reason, load_json
from services.ingest.core.problems import EVENTS_MAX, Code, Refusal, refused
from services.ingest.core.splitting import split
from services.ingest.core.unpacking import check_encoding

Headers = Sequence[tuple[bytes, bytes]]

PREFIX = b"ce-"
#: Any of them says that the event's attributes are in the headers.
MARKS = frozenset({b"ce-specversion", b"ce-id", b"ce-source", b"ce-type"})


class Mode(StrEnum):
    """Where the event's attributes are, and how many events there are."""

    STRUCTURED = auto()
    BATCH = auto()
    BINARY = auto()
    PLAIN = auto()


class Sent(Struct, frozen=True):
    """One request's events, each as JSON. In a list a bad one never sinks the others."""

    events: list[bytes]
    is_list: bool = False


def encoding_of(headers: Headers) -> str:
    """How the body is compressed, or a refusal of what nobody here can unpack."""
    encoding = _value(headers, b"content-encoding").strip().lower()
    check_encoding(encoding)
    return encoding


def mode_of(headers: Headers, is_public: bool = False) -> Mode:
    """The mode, by the content type's prefix and the `ce-*` headers.

    A page's beacon can say no more than `text/plain` without asking beforehand.
    """
    media_type, _, parameters = _value(headers, b"content-type").partition(";")
    media_type = media_type.strip().lower()
    _check_charset(parameters)
    if media_type == "application/cloudevents+json":
        return Mode.STRUCTURED
    if media_type == "application/cloudevents-batch+json":
        return Mode.BATCH
    if media_type.startswith("application/cloudevents"):
        raise Refusal(Code.UNSUPPORTED_CONTENT, f"{media_type!r} is a format we do not read")
    if any(name in MARKS for name, _ in headers):
        return Mode.BINARY
    if media_type == "application/json" or (is_public and media_type == "text/plain"):
        return Mode.PLAIN
    raise Refusal(Code.UNSUPPORTED_CONTENT, f"Content-Type is {media_type or 'missing'!r}")


def read(mode: Mode, headers: Headers, body: bytes) -> Sent:
    """The events of a request."""
    if mode is Mode.BINARY:
        return Sent([_from_headers(headers, body)])
    body = body.strip()
    if mode is Mode.BATCH or (mode is Mode.PLAIN and body.startswith(b"[")):
        return Sent(_list(body), is_list=True)
    return Sent([body])


def _list(body: bytes) -> list[bytes]:
    if not body.startswith(b"["):
        _load(body)
        raise Refusal(Code.NOT_A_LIST, "the body of a batch is no array", events=1)
    events = split(body)
    if len(events) > EVENTS_MAX:
        raise Refusal(Code.TOO_MANY_EVENTS, f"{len(events)} events", events=len(events))
    return events


def _from_headers(headers: Headers, body: bytes) -> bytes:
    """Binary mode: one event whose body is its `data`."""
    document: dict[str, Any] = dict(attributes(headers))
    if body.strip():
        document["data"] = _load(body)
    return orjson.dumps(document)


def attributes(headers: Headers) -> Mapping[str, str]:
    """The attributes in `ce-*` headers."""
    found: dict[str, str] = {}
    for name, value in headers:
        if not name.startswith(PREFIX):
            continue
        attribute = name[len(PREFIX) :].decode("latin-1")
        if attribute in found:
            raise Refusal(Code.BAD_HEADER, f"`ce-{attribute}` came twice")
        if attribute == "datacontenttype" or attribute.startswith("data"):
            raise Refusal(Code.BAD_HEADER, f"`ce-{attribute}` may not be a header; Content-Type and body are")
        found[attribute] = _decoded(attribute, value)
    return found


def _decoded(attribute: str, value: bytes) -> str:
    """Unquoted, then percent-decoded once, as the CloudEvents HTTP binding demands."""
    value = value.strip()
    if len(value) >= 2 and value[:1] == value[-1:] == b'"':
        value = value[1:-1].replace(b'\\"', b'"').replace(b"\\\\", b"\\")
    try:
        return unquote_to_bytes(value).decode()
    except UnicodeDecodeError:
        raise Refusal(Code.BAD_HEADER, f"`ce-{attribute}` is not UTF-8 when percent-decoded") from None


def _load(body: bytes) -> Any:
    try:
        return load_json(body)
    except InvalidEvent as error:
        if error.reason is Reason.NOT_JSON:
            raise Refusal(error.reason, f"the body: {error.detail}", events=1) from None
        raise refused(error) from None


def _check_charset(parameters: str) -> None:
    for parameter in parameters.lower().split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(' "') not in ("utf-8", "utf8", "us-ascii"):
            raise Refusal(Code.UNSUPPORTED_CONTENT, f"charset {value.strip()!r}; JSON is UTF-8")


def _value(headers: Headers, wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in headers if name == wanted), "")
