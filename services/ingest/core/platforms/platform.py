"""What a platform is to the door, and how its deliveries become events."""

from collections.abc import Callable, Iterable
from typing import Any

import orjson
from msgspec import Struct, field

from schemas.codec import InvalidEvent, load_json, parse_event
from services.ingest.core.platforms.context import Context, Event, SetAside, Untranslatable
from services.ingest.core.platforms.delivery import Connection, Delivery, Unreadable
from services.ingest.core.problems import Refusal
from services.ingest.core.signatures import FORM, Check
from services.ingest.core.splitting import is_grammatical, split, without_halves

#: What goes wrong in a payload whose shape is not the one its kind should have.
_SHAPE = (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError)

#: Of one delivery: each may become a record.
ITEMS_MAX = 5000
#: Where platforms write what a payload is.
_KINDS = ("detail-type", "topic", "event", "EventType", "Event", "type", "CallStatus", "e")


class Item(Struct, frozen=True):
    """One payload of a delivery: parsed, and as it stood."""

    payload: Any
    original: bytes
    media_type: str = "application/json"
    #: Why it is no payload, though the delivery's others are.
    fault: str = ""


class Answer(Struct, frozen=True):
    status: int = 202
    body: bytes = b""
    media_type: str = "application/json"


class Left(Struct, frozen=True):
    """A payload without events: it is kept with the reason."""

    item: Item
    kind: str
    detail: str
    #: False: a kind we know whose payload is not as it should be.
    is_set_aside: bool = True


class Translation(Struct):
    #: Each as JSON.
    events: list[bytes] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


Translate = Callable[[Any, Context], list[Event]]


def read_json(delivery: Delivery) -> list[Item]:
    """An object, or each item of an array by itself."""
    body = delivery.body.strip()
    try:
        return [_item(raw) for raw in (split(body) if body.startswith(b"[") else [body])]
    except Refusal as refusal:
        raise Unreadable(f"the body: {refusal.detail}") from None


def read_each(delivery: Delivery, parts_of: Callable[[Item], Iterable[Item]]) -> list[Item]:
    """The parts of each payload; one that cannot be read stays what it is."""
    items = read_json(delivery)
    return [part for item in items for part in ([item] if item.fault else parts_of(item))]


def _item(raw: bytes) -> Item:
    """Raises `Unreadable` where it is no JSON: then the body as a whole is none."""
    try:
        return Item(load_json(raw), raw)
    except InvalidEvent as error:
        if not is_grammatical(raw):
            raise Unreadable(f"the body: {error.detail}") from None
        fault = error.detail
    try:
        # Platforms cut texts within a sign: its half is all that is wrong with them.
        return Item(load_json(without_halves(raw)), raw)
    except InvalidEvent:
        return Item(None, raw, fault=fault)


def read_form_or_json(delivery: Delivery) -> list[Item]:
    """A form as name -> value (the first of several), or JSON."""
    if delivery.media_type == FORM:
        form = {name: values[0] for name, values in delivery.form().items()}
        return [Item(form, delivery.body, FORM)]
    return read_json(delivery)


class Platform(Struct, frozen=True, kw_only=True):
    """One platform. Its functions are pure."""

    name: str
    check: Check
    translate: Translate
    read: Callable[[Delivery], list[Item]] = read_json
    answer: Answer = Answer()
    #: The answer to a delivery that only asks whether we are there; None: it is none such.
    greet: Callable[[Delivery], Answer | None] = lambda _delivery: None
    #: What its connections must name, and why.
    needs: dict[str, str] = field(default_factory=dict)
    #: Whether its senders cannot keep a secret, so that a connection may do without anywhere.
    is_public: bool = False


def translate_all(platform: Platform, connection: Connection, delivery: Delivery) -> Translation:
    """Every payload by itself: a bad one never sinks the others."""
    context = Context(connection, delivery)
    translation = Translation()
    items = _read(platform, delivery)
    if len(items) > ITEMS_MAX:
        raise Unreadable(f"{len(items)} payloads in one delivery; {ITEMS_MAX} at most")
    for item in items:
        _translate(platform, item, context, translation)
    if not items:
        whole = Item(None, delivery.body, delivery.media_type)
        translation.left.append(Left(whole, "unknown", "there is no payload in it"))
    return translation


def _read(platform: Platform, delivery: Delivery) -> list[Item]:
    try:
        return platform.read(delivery)
    except InvalidEvent as error:
        raise Unreadable(f"the body: {error.detail}") from None
    except _SHAPE as error:
        raise Unreadable(f"the body: {type(error).__name__}: {error}") from None


def _translate(platform: Platform, item: Item, context: Context, translation: Translation) -> None:
    if item.fault:
        translation.left.append(Left(item, "unknown", item.fault, is_set_aside=False))
        return
    try:
        events = platform.translate(item.payload, context)
        if not events:
            raise SetAside(_kind(item.payload), "it says nothing of a journey")
    except SetAside as error:
        translation.left.append(Left(item, error.kind, error.detail))
    except Untranslatable as error:
        translation.left.append(Left(item, error.kind, error.detail, is_set_aside=False))
    except InvalidEvent as error:
        # Of JSON in a text of the payload.
        translation.left.append(Left(item, _kind(item.payload), error.detail, is_set_aside=False))
    except _SHAPE as error:
        # Payloads of other versions of a platform fail in ways that no list foresees.
        detail = f"{type(error).__name__}: {error}"
        translation.left.append(Left(item, _kind(item.payload), detail, is_set_aside=False))
    else:
        _add(events, item, translation)


def _add(events: list[Event], item: Item, translation: Translation) -> None:
    """What came out as no event after all keeps the payload it came of; the others go on."""
    faults = []
    for event in events:
        try:
            raw = orjson.dumps(event)
            parse_event(load_json(raw))
        except (InvalidEvent, TypeError) as error:
            detail = error.detail if isinstance(error, InvalidEvent) else str(error)
            faults.append(f"{event.get('type')}: {detail}")
        else:
            translation.events.append(raw)
    if faults:
        left = Left(item, _kind(item.payload), "; ".join(faults), is_set_aside=False)
        translation.left.append(left)


def _kind(payload: Any) -> str:
    """What the platform calls it, as far as that can be seen from outside."""
    fields = payload if isinstance(payload, dict) else {}
    return next((str(fields[name]) for name in _KINDS if fields.get(name)), "unknown")
