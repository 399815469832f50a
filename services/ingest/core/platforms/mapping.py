"""A platform without code: a document of JMESPath expressions says what its payloads become.

Every text is an expression over the payload, except `type`, `source`, `signature` and what stands in
`{value: …}`. `{of: expression, map: {theirs: ours}}` translates words. Beside the payload's own names
there are `each` (the element, with the rule's `each`), `index`, and `received_at`.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal
from urllib.parse import unquote

import jmespath
import msgspec
import orjson
from jmespath.exceptions import JMESPathError
from msgspec import Struct, field

from schemas.codec import InvalidEvent, load_json
from schemas.events import channel_of
from schemas.times import rfc3339
from services.ingest.core.platforms.context import Context, Event, SetAside, Untranslatable, hashed, items_of
from services.ingest.core.platforms.delivery import Connection, Delivery, Unreadable
from services.ingest.core.platforms.platform import (
    Answer,
    Item,
    Platform,
    read_form_or_json,
    read_json,
)
from services.ingest.core.signatures import HmacScheme, check_hmac, check_standard, check_token

#: Evaluates one expression, or a tree of them, over a scope.
Value = Callable[[Any], Any]


class MappingError(Exception):
    """The document is wrong; the text says where, and what to do."""


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """One event of each payload for which `when` holds."""

    type: str
    when: str = ""
    #: A list, of whose elements each makes an event.
    each: str = ""
    id: str = ""
    subject: str = ""
    time: str = ""
    sequence: str = ""
    data: dict[str, Any] = field(default_factory=dict)


class Document(Struct, frozen=True, forbid_unknown_fields=True):
    rules: list[Rule]
    #: `form-json` has JSON in the form's field `form_field`; `lines` are `Name: url-encoded value`.
    body: Literal["json", "form", "form-json", "lines"] = "json"
    form_field: str = "data"
    #: Where in the body the payloads are, if not the body itself.
    items: str = ""
    #: What to call a payload that no rule takes.
    kind: str = ""
    #: The account in `source`, as an expression.
    account: str = ""
    #: What to echo to a delivery that only asks whether we are there.
    challenge: str = ""
    signature: HmacScheme | None = None


class Mapped:
    """A document, compiled."""

    def __init__(self, name: str, document: Document) -> None:
        self._name = name
        self._document = document
        self._rules = [_Compiled(rule, f"rules[{place}]") for place, rule in enumerate(document.rules)]
        self._items = _expression(document.items or "@", "items")
        self._kind = _expression(document.kind or "type || event || 'unknown'", "kind")
        self._account = _expression(document.account or "`null`", "account")
        self._challenge = _expression(document.challenge or "`null`", "challenge")

    def platform(self) -> Platform:
        return Platform(
            name=self._name, check=self._check, translate=self.translate, read=self.read,
            answer=Answer(200, b"{}"), greet=self._greet,
        )  # fmt: skip

    def read(self, delivery: Delivery) -> list[Item]:
        try:
            items = _READERS[self._document.body](delivery, self._document)
            found = [(self._items(item.payload), item) for item in items]
        except InvalidEvent as error:
            raise Unreadable(f"the body: {error.detail}") from None
        except JMESPathError as error:
            raise Unreadable(f"`items` of the mapping: {error}") from None
        if not self._document.items:
            return items
        return [
            # Without any it may be one of them, as it was kept.
            item if payloads is None else Item(payload, orjson.dumps(payload), item.media_type)
            for payloads, item in found
            for payload in (payloads if isinstance(payloads, list) else [payloads])
        ]

    def translate(self, payload: Any, context: Context) -> list[Event]:
        scope = payload if isinstance(payload, dict) else {"payload": payload}
        scope = scope | {"received_at": rfc3339(context.received_us)}
        kind = str(self._kind(scope) or "unknown")
        source = context.source(self._name, self._account(scope))
        events: list[Event] = []
        for place, rule in enumerate(self._rules):
            try:
                events += rule.events(scope, source, place, context)
            except ValueError as error:
                # Of JMESPath, or of a moment that is none.
                raise Untranslatable(kind, f"rules[{place}]: {error}") from None
        if not events:
            raise SetAside(kind, "no rule of the mapping takes it")
        return events

    def _check(self, delivery: Delivery, connection: Connection) -> str | None:
        if self._document.signature is not None:
            return check_hmac(self._document.signature, delivery, connection.secrets)
        if "webhook-signature" in delivery.headers:
            return check_standard(delivery, connection)
        return check_token(delivery, connection)

    def _greet(self, delivery: Delivery) -> Answer | None:
        if not self._document.challenge:
            return None
        with contextlib.suppress(JMESPathError):
            for item in self.read(delivery):
                if challenge := self._challenge(item.payload):
                    return Answer(200, str(challenge).encode(), "text/plain")
        return None


class _Compiled:
    """One rule, compiled."""

    def __init__(self, rule: Rule, where: str) -> None:
        if "." not in rule.type:
            raise MappingError(f"{where}.type: {rule.type!r} is no type like `call.started`")
        self._type = rule.type
        self._when = _expression(rule.when or "`true`", f"{where}.when")
        self._each = _expression(rule.each, f"{where}.each") if rule.each else None
        self._id = _expression(rule.id or "`null`", f"{where}.id")
        self._subject = _expression(rule.subject or "`null`", f"{where}.subject")
        self._time = _expression(rule.time or "received_at", f"{where}.time")
        self._sequence = _expression(rule.sequence or "`null`", f"{where}.sequence")
        self._data = _value(rule.data, f"{where}.data")

    def events(self, scope: dict[str, Any], source: str, place: int, context: Context) -> Iterator[Event]:
        elements = [None] if self._each is None else items_of(self._each(scope))
        for index, element in enumerate(elements):
            within = scope if self._each is None else scope | {"each": element, "index": index}
            if self._when(within) not in (None, False, "", [], {}):
                yield self._event(within, source, f"{place}/{index}", context)

    def _event(self, scope: dict[str, Any], source: str, place: str, context: Context) -> Event:
        data = dict(self._data(scope))
        identifiers = dict(data.pop("identifiers", None) or {})
        person = identifiers.pop("person", None)
        data["identifiers"] = context.identifiers(person=person, **identifiers)
        data["queue"], data["agent"] = context.name(data.get("queue")), context.name(data.get("agent"))
        own = {name: value for name, value in scope.items() if name != "received_at"}
        # The same payload has the same ids, whenever it comes again.
        event_id = self._id(scope) or hashed(own, place)
        at_us = context.moment(self._time(scope))
        subject = self._subject(scope)
        if subject is None and channel_of(self._type) not in ("survey", "customer"):
            raise Untranslatable(self._type, "`subject` gives nothing: the id of the contact is wanted")
        return context.event(self._type, at_us, str(event_id), source, subject, data, self._sequence(scope))


def document_of(value: object, name: str) -> Document:
    try:
        return msgspec.convert(value, Document)
    except msgspec.ValidationError as error:
        raise MappingError(f"mapping of {name}: {error}") from None


def mapped(name: str, value: object) -> Platform:
    try:
        return Mapped(name, document_of(value, name)).platform()
    except MappingError as error:
        raise MappingError(f"mapping of {name}: {error}") from None


def _expression(text: str, where: str) -> Value:
    try:
        compiled = jmespath.compile(text)
    except JMESPathError as error:
        raise MappingError(f"{where}: {text!r} is no JMESPath: {error}") from None
    return lambda scope: compiled.search(scope)


def _value(tree: object, where: str) -> Value:
    if isinstance(tree, str):
        return _expression(tree, where)
    if not isinstance(tree, dict):
        raise MappingError(f"{where}: {tree!r} is no expression; a fixed value is `{{value: {tree!r}}}`")
    if set(tree) == {"value"}:
        return lambda _scope: tree["value"]
    if set(tree) == {"of", "map"} and isinstance(tree["map"], dict):
        source, words = (
            _expression(str(tree["of"]), where),
            {str(key): ours for key, ours in tree["map"].items()},
        )
        return lambda scope: words.get(_word(source(scope)))
    parts: Mapping[str, Value] = {str(name): _value(value, f"{where}.{name}") for name, value in tree.items()}
    return lambda scope: {name: part(scope) for name, part in parts.items()}


def _word(value: object) -> str:
    """As it stands in YAML: true, not True."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _form_json(delivery: Delivery, document: Document) -> list[Item]:
    values = delivery.form().get(document.form_field)
    if not values:
        raise Unreadable(f"the form has no field {document.form_field!r}")
    return [Item(load_json(values[0].encode()), delivery.body, delivery.media_type)]


def _lines(delivery: Delivery, _document: Document) -> list[Item]:
    lines = (line.partition(":") for line in delivery.body.decode(errors="replace").splitlines())
    payload = {name.strip(): unquote(value.strip()) for name, colon, value in lines if colon}
    return [Item(payload, delivery.body, "text/plain")]


_READERS: dict[str, Callable[[Delivery, Document], list[Item]]] = {
    "form": lambda delivery, _document: read_form_or_json(delivery),
    "form-json": lambda delivery, document: (
        _form_json(delivery, document) if delivery.media_type.endswith("urlencoded") else read_json(delivery)
    ),
    "json": lambda delivery, _document: read_json(delivery),
    "lines": _lines,
}
