"""Segment and RudderStack: their HTTP API as their clients speak it, and Segment's web-hook destination."""

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from schemas.data import TYPES
from schemas.times import rfc3339
from services.ingest.core.platforms.context import Context, Event, SetAside, hashed, items_of, object_of
from services.ingest.core.platforms.delivery import Connection, Delivery, Unreadable
from services.ingest.core.platforms.platform import Answer, Item, Platform, read_each, read_json
from services.ingest.core.signatures import MISMATCH, HmacScheme, check_hmac, check_token, same_as_any

#: Of the HTTP API's addresses what they say of a call without a `type`; analytics.js has the short ones.
KINDS = {
    "alias": "alias", "a": "alias", "group": "group", "g": "group", "identify": "identify", "i": "identify",
    "page": "page", "p": "page", "screen": "screen", "s": "screen", "track": "track", "t": "track",
}  # fmt: skip

#: The published specification of live chats.
_CHATS = {
    "live chat conversation started": ("chat.started", None),
    "live chat conversation ended": ("chat.ended", None),
    "live chat message sent": ("chat.message_sent", "customer"),
    "live chat message received": ("chat.message_sent", "agent"),
}
_FORMS = {
    "form viewed": "web_form.viewed",
    "form started": "web_form.started",
    "form field changed": "web_form.field_changed",
    "form field failed": "web_form.field_failed",
    "form abandoned": "web_form.left",
    "form left": "web_form.left",
    "form submit failed": "web_form.submit_failed",
    "form submitted": "web_form.submitted",
}
_SIGNATURE = HmacScheme(header="X-Signature", algorithm="sha1")


def read(delivery: Delivery) -> list[Item]:
    """Each call of a batch by itself, and without the key that authenticated all of them."""
    return read_each(
        delivery, lambda item: (_item(call, delivery) for call in _calls(object_of(item.payload)))
    )


def _calls(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "batch" not in payload:
        yield payload
        return
    shared = {name: payload[name] for name in ("sentAt", "integrations") if name in payload}
    for call in items_of(payload["batch"]):
        context = object_of(payload.get("context")) | object_of(object_of(call).get("context"))
        yield shared | object_of(call) | ({"context": context} if context else {})


def _item(call: dict[str, Any], delivery: Delivery) -> Item:
    kind = call.get("type") or call.get("action") or KINDS.get(delivery.url.rpartition("/")[2])
    payload = {name: value for name, value in call.items() if name != "writeKey"} | {"type": kind}
    return Item(payload, orjson.dumps(payload))


def translate(payload: Any, context: Context) -> list[Event]:
    kind = str(payload.get("type"))
    writer = _WRITERS.get(kind)
    if writer is None:
        raise SetAside(kind, "a kind of call that says nothing of a journey, or that we do not know")
    return writer(_Call(payload, context))


class _Call:
    """One call of a client."""

    def __init__(self, payload: dict[str, Any], context: Context) -> None:
        self.payload = payload
        self.properties = object_of(payload.get("properties"))
        self.traits = object_of(object_of(payload.get("context")).get("traits")) | object_of(
            payload.get("traits")
        )
        self.page = object_of(object_of(payload.get("context")).get("page"))
        self._context = context
        moment = payload.get("timestamp") or payload.get("originalTimestamp")
        self._at_us = context.moment(moment) if moment else context.received_us

    @property
    def identifiers(self) -> dict[str, Any] | None:
        return self._context.identifiers(
            customer_id=self.payload.get("userId"),
            visitor_id=self.payload.get("anonymousId"),
            email=self.traits.get("email"),
            phone=self.traits.get("phone"),
        )

    @property
    def session(self) -> str:
        """What a visitor does on one day, where the client names no session of its own."""
        named = object_of(self.payload.get("context")).get("sessionId") or self.properties.get("session_id")
        if named:
            return str(named)
        person = self.payload.get("anonymousId") or self.payload.get("userId")
        return f"{person}/{rfc3339(self._at_us)[:10]}" if person else self.id

    @property
    def id(self) -> str:
        return str(self.payload.get("messageId") or hashed(self.payload))

    def event(self, name: str, subject: object, data: dict[str, Any], part: str = "") -> Event:
        source = self._context.source(self._context.connection.platform)
        shared = {"identifiers": self.identifiers}
        return self._context.event(name, self._at_us, self.id + part, source, subject, shared | data)


def _track(call: _Call) -> list[Event]:
    what, properties = str(call.payload.get("event", "")), call.properties
    name = what.strip().lower()
    if name in TYPES:
        # In our own language already.
        data = {key: value for key, value in properties.items() if key not in ("subject", "value")}
        return [call.event(name, properties.get("subject") or call.session, data)]
    if name in _CHATS:
        return _chat(call, *_CHATS[name])
    if name in _FORMS and (form := properties.get("form_id") or properties.get("form_name")):
        keys = ("field", "error")
        data = {"form_id": str(form), "page": call.page.get("path")}
        return [call.event(_FORMS[name], call.session, data | {key: properties.get(key) for key in keys})]
    data = {"what": what, "place": properties.get("place")}
    return [call.event("touchpoint.happened", call.session, data)]


def _chat(call: _Call, name: str, by: str | None) -> list[Event]:
    properties = call.properties
    agent = properties.get("agent_name") or properties.get("agent_username") or properties.get("agent_id")
    data = {"by": by, "agent": agent, "text": properties.get("message_body") if by else None}
    return [call.event(name, properties.get("conversation_id") or call.session, data)]


def _page(call: _Call) -> list[Event]:
    page = call.properties.get("path") or call.page.get("path") or call.payload.get("name")
    load_ms = call.properties.get("load_ms")
    data = {"page": page, "title": call.properties.get("title")}
    if page and isinstance(load_ms, int | float):
        return [call.event("web_form.page_loaded", call.session, data | {"load_ms": load_ms})]
    return [call.event("web_form.page_viewed", call.session, data)]


def _screen(call: _Call) -> list[Event]:
    page = call.payload.get("name") or call.properties.get("name")
    return [call.event("web_form.screen_viewed", call.session, {"page": page})]


def _identify(call: _Call) -> list[Event]:
    name = "customer.identified" if len(call.identifiers or {}) > 1 else "customer.updated"
    events = [call.event(name, None, {})]
    known: dict[str, Any] = {
        key: call.traits[key] for key in ("segment", "persona", "vip", "language") if key in call.traits
    }
    if known and name == "customer.identified":
        events.append(call.event("customer.updated", None, known, part="/traits"))
    elif known:
        events = [call.event(name, None, known)]
    return events


def _alias(call: _Call) -> list[Event]:
    previous, user = call.payload.get("previousId"), call.payload.get("userId")
    if not previous or not user:
        raise SetAside("alias", "it names no two identifiers that belong together")
    return [
        call.event(
            "customer.identified", None, {"identifiers": {"customer_id": user, "visitor_id": previous}}
        )
    ]


def _group(call: _Call) -> list[Event]:
    """Carried only: a company's people are not one customer."""
    return [call.event("customer.grouped", None, {"group": call.payload.get("groupId")})]


_WRITERS: dict[str, Callable[[_Call], list[Event]]] = {
    "alias": _alias,
    "group": _group,
    "identify": _identify,
    "page": _page,
    "screen": _screen,
    "track": _track,
}


def check(delivery: Delivery, connection: Connection) -> str | None:
    """The web-hook destination signs. The clients send their write key: in a header, or in the body."""
    if "x-signature" in delivery.headers:
        return _check_destination(delivery, connection)
    if check_token(delivery, connection) is None:
        return None
    try:
        keys = [object_of(item.payload).get("writeKey") for item in read_json(delivery)]
    except Unreadable as error:
        return error.detail
    fits = [same_as_any(str(key), connection.secrets) for key in keys if key]
    return None if fits and all(fits) else "the write key is missing or wrong"


def _check_destination(delivery: Delivery, connection: Connection) -> str | None:
    """Of a batch Segment signs the first event alone, so nothing vouches for the others."""
    try:
        items = read_json(delivery)
    except Unreadable as error:
        return error.detail
    if not delivery.body.lstrip().startswith(b"["):
        return check_hmac(_SIGNATURE, delivery, connection.secrets)
    if len(items) != 1:
        return "Segment signs only the first event of a batch: switch batching off in the destination"
    first = Delivery(delivery.headers, items[0].original, delivery.received_us)
    why = check_hmac(_SIGNATURE, first, connection.secrets)
    return why and f"{MISMATCH} (its only event)"


#: RudderStack's clients take nothing but 200.
_OK = Answer(200, b'{"success":true}')
SEGMENT = Platform(name="segment", check=check, translate=translate, read=read, answer=_OK)
RUDDERSTACK = Platform(name="rudderstack", check=check, translate=translate, read=read, answer=_OK)
