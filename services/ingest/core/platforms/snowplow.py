"""Snowplow: the tracker protocol, with its form tracking. A value typed into a field is dropped."""

from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from schemas.codec import InvalidEvent, load_json
from schemas.times import rfc3339
from services.ingest.core.platforms.context import (
    Context,
    Event,
    SetAside,
    Untranslatable,
    items_of,
    object_of,
)
from services.ingest.core.platforms.delivery import Connection, Delivery, Unreadable
from services.ingest.core.platforms.platform import Answer, Item, Platform, read_each
from services.ingest.core.signatures import check_token

_FORMS = {
    "focus_form": "web_form.started",
    "change_form": "web_form.field_changed",
    "submit_form": "web_form.submitted",
}
_CARRIED = {"pp": "web_form.page_pinged", "link_click": "web_form.link_clicked"}


def read(delivery: Delivery) -> list[Item]:
    """The events of a POST's `payload_data`, or the one that a GET has in its query."""
    if not delivery.body.strip() and delivery.query:
        event = _without_values(dict(parse_qsl(delivery.query, keep_blank_values=True)))
        return [Item(event, orjson.dumps(event))]
    items = read_each(delivery, _events)
    if not items:
        raise Unreadable("`payload_data` without events")
    return items


def _events(item: Item) -> Iterator[Item]:
    payload = object_of(item.payload)
    for event in items_of(payload["data"]) if "data" in payload else [item.payload]:
        shown = _without_values(event)
        yield Item(shown, orjson.dumps(shown))


def _without_values(event: Any) -> Any:
    """What was typed into a form goes no further than here, not even into quarantine."""
    if object_of(event).get("e") != "ue":
        return event
    try:
        outer = _json_of(event.get("ue_pr"), event.get("ue_px"))
    except (InvalidEvent, Untranslatable):
        return {name: value for name, value in event.items() if name not in ("ue_pr", "ue_px")}
    inner = object_of(object_of(outer).get("data"))
    if _schema_name(inner) not in _FORMS:
        return event
    form = object_of(inner.get("data"))
    form.pop("value", None)
    form.pop("elements", None)
    rest = {name: value for name, value in event.items() if name != "ue_px"}
    return rest | {"ue_pr": orjson.dumps(outer).decode()}


def translate(payload: Any, context: Context) -> list[Event]:
    kind = str(payload.get("e"))
    allowed = context.connection.app_ids
    if allowed and payload.get("aid") not in allowed:
        raise SetAside(kind, f"application {payload.get('aid')!r} is not in `app_ids`")
    tracked = _Tracked(payload, context)
    if kind == "pv":
        return [tracked.page_view()]
    if kind == "ue":
        return [tracked.self_describing()]
    if kind == "se":
        what = "/".join(str(payload[name]) for name in ("se_ca", "se_ac") if payload.get(name))
        return [tracked.event("touchpoint.happened", {"what": what, "label": payload.get("se_la")})]
    if kind in ("tr", "ti"):
        return [tracked.event("touchpoint.happened", {"what": "transaction", "place": "shop"})]
    if kind in _CARRIED:
        return [tracked.event(_CARRIED[kind], {"page": tracked.page})]
    raise SetAside(kind, "a kind of event that we do not know")


def application_of(delivery: Delivery) -> str | None:
    """Of the first event."""
    try:
        return str(object_of(read(delivery)[0].payload).get("aid"))
    except (Unreadable, ValueError):
        return None


class _Tracked:
    """One event; all its values are strings."""

    def __init__(self, payload: dict[str, Any], context: Context) -> None:
        self._payload = payload
        self._context = context
        self._at_us = context.moment(payload.get("ttm") or payload["dtm"])
        self._contexts = dict(_contexts(payload))

    @property
    def page(self) -> str | None:
        """Without query and fragment, in which customers' data may stand."""
        url = self._payload.get("url")
        if not url:
            return None
        parts = urlsplit(str(url))
        return f"{parts.scheme}://{parts.netloc}{parts.path}" if parts.netloc else parts.path

    def page_view(self) -> Event:
        timing = self._contexts.get("PerformanceTiming") or self._contexts.get("PerformanceNavigationTiming")
        load_ms = _load_ms(object_of(timing))
        data = {"page": self.page, "title": self._payload.get("page")}
        if self.page and load_ms is not None:
            return self.event("web_form.page_loaded", data | {"load_ms": load_ms})
        return self.event("web_form.page_viewed", data)

    def self_describing(self) -> Event:
        outer = _json_of(self._payload.get("ue_pr"), self._payload.get("ue_px"))
        inner = object_of(object_of(outer).get("data"))
        name, data = _schema_name(inner), object_of(inner.get("data"))
        if not name:
            raise Untranslatable("ue", "`ue_pr` or `ue_px` holds no self-describing event")
        if name in _FORMS:
            form = {"form_id": data["formId"], "field": data.get("elementId"), "page": self.page}
            return self.event(_FORMS[name], form)
        if name in _CARRIED:
            return self.event(_CARRIED[name], {"page": self.page})
        return self.event("touchpoint.happened", {"what": name, "page": self.page})

    def event(self, name: str, data: dict[str, Any]) -> Event:
        payload, context = self._payload, self._context
        session = object_of(self._contexts.get("client_session"))
        identifiers = context.identifiers(
            customer_id=payload.get("uid"),
            visitor_id=payload.get("duid")
            or session.get("userId")
            or payload.get("nuid")
            or payload.get("tnuid"),
        )
        subject = payload.get("sid") or session.get("sessionId") or self._day(identifiers)
        source = context.source("snowplow", payload.get("aid"))
        shared = {"identifiers": identifiers, "language": payload.get("lang")}
        return context.event(name, self._at_us, str(payload["eid"]), source, subject, shared | data)

    def _day(self, identifiers: dict[str, Any] | None) -> str:
        """What a visitor does on one day, where the tracker names no session."""
        person = next(iter((identifiers or {}).values()), None)
        return f"{person}/{rfc3339(self._at_us)[:10]}" if person else str(self._payload["eid"])


def _contexts(payload: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Name of schema -> its data."""
    outer = _json_of(payload.get("co"), payload.get("cx"))
    for each in items_of(object_of(outer).get("data")):
        yield _schema_name(object_of(each)), object_of(each).get("data")


def _schema_name(described: dict[str, Any]) -> str:
    """Of `iglu:<vendor>/<name>/jsonschema/<version>`."""
    parts = str(described.get("schema", "")).split("/")
    return parts[1] if len(parts) > 1 else ""


def _json_of(text: object, encoded: object) -> Any:
    if text:
        return load_json(str(text).encode())
    if not encoded:
        return None
    try:
        raw = urlsafe_b64decode(str(encoded).replace("+", "-").replace("/", "_") + "==")
    except ValueError as error:
        raise Untranslatable("ue", f"`ue_px` or `cx` is no base64: {error}") from None
    return load_json(raw)


def _load_ms(timing: dict[str, Any]) -> float | None:
    begin = timing.get("navigationStart", timing.get("startTime", 0))
    end = timing.get("loadEventEnd") or timing.get("domComplete") or timing.get("duration")
    if not isinstance(end, int | float) or not isinstance(begin, int | float) or end <= begin:
        return None
    return end - begin


def check(delivery: Delivery, connection: Connection) -> str | None:
    """Browsers keep no secret; a tracker on a server can send one in a header."""
    return check_token(delivery, connection)


SNOWPLOW = Platform(
    name="snowplow",
    check=check,
    translate=translate,
    read=read,
    answer=Answer(200, b"ok", "text/plain"),
    is_public=True,
)
