"""Deliveries and connections to try adapters with, and the payloads that others wrote."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
from msgspec import Struct

from schemas.codec import decode_event
from schemas.events import Event
from services.ingest.core.judging import judge
from services.ingest.core.modes import Sent
from services.ingest.core.platforms import PLATFORMS
from services.ingest.core.platforms.delivery import Connection, Delivery
from services.ingest.core.platforms.mapping import mapped
from services.ingest.core.platforms.platform import Left, Platform, translate_all
from services.ingest.hooks import shipped_mappings

FOLDER = (
    Path(os.environ.get("JOURNEYLINE_REAL_DATA", Path(__file__).parents[3] / "shared" / "data")) / "payloads"
)
NO_FOLDER = f"NO REAL DATA at {FOLDER}: set JOURNEYLINE_REAL_DATA to its folder"

#: 2026-11-21T10:00:00Z
NOW_US = 1_795_255_200_000_000
FORM = "application/x-www-form-urlencoded"
SECRET = "s3cret"

MAPPED = {name: mapped(name, mapping) for name, mapping in shipped_mappings().items()}


class Outcome(Struct):
    """What a delivery became: its events as JSON objects, and what was left of it."""

    events: list[dict[str, Any]]
    left: list[Left]

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    @property
    def only(self) -> dict[str, Any]:
        assert len(self.events) == 1, (self.types, self.left)
        return self.events[0]


def platform(name: str) -> Platform:
    return MAPPED.get(name) or PLATFORMS[name]


def connection(name: str, /, **changes: Any) -> Connection:
    return Connection(**({"platform": name, "secrets": (SECRET,)} | changes))


def delivery(body: Any, kind: str = "application/json", url: str = "", **headers: str) -> Delivery:
    """`body`: bytes as they are, a form's fields, or what becomes JSON."""
    if not isinstance(body, bytes):
        body = urlencode(body).encode() if kind == FORM else orjson.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Delivery({"content-type": kind} | named, body, NOW_US, url)


def told(name: str, body: Any, kind: str = "application/json", url: str = "", /, **changes: Any) -> Outcome:
    """Translated; every event must be one that the door accepts."""
    sent = delivery(body, kind, url)
    translation = translate_all(platform(name), connection(name, **changes), sent)
    verdict = judge(Sent(translation.events, is_list=True), NOW_US // 1000 + 86_400_000)
    assert verdict.bad == []
    return Outcome([orjson.loads(event) for event in translation.events], translation.left)


def parsed(event: dict[str, Any]) -> Event:
    return decode_event(orjson.dumps(event))
