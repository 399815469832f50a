"""What `/metrics` says of each platform: taken, set aside, refused, and why."""

from typing import Any
from uuid import uuid4

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from tests.ingest.doors import Knocker, door, event

pytestmark = pytest.mark.usefixtures("kafka")

HOOKS: list[dict[str, Any]] = [
    {"platform": "standard", "name": "eu", "unsigned": True},
    {"platform": "segment", "secrets": ["key"]},
    {"platform": "slack", "unsigned": True},
]
EU = "/v1/hooks/standard/eu"
Told = dict[tuple[str, str, str], int]


def hooked() -> Any:
    return door(hooks=SecretStr(orjson.dumps(HOOKS).decode()))


async def told(knocker: Knocker) -> Told:
    """(platform, outcome, reason) -> how many."""
    text = (await knocker.http.get("/metrics")).text
    return {
        (one.labels["platform"], one.labels["outcome"], one.labels["reason"]): int(one.value)
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if one.name == "journeyline_ingest_hooks_total"
    }


async def test_every_fate_of_a_delivery_is_told_by_platform_and_reason() -> None:
    good = [event(id=uuid4().hex), event(id=uuid4().hex)]
    early = event(id=uuid4().hex, time="9999-12-31T23:59:59Z")
    async with hooked() as knocker:
        await knocker.http.post(EU, json=[*good, early, {"type": "lunch"}])
        await knocker.http.post(EU, content=b"{")
        await knocker.http.post(EU, content=b" " * 2_000_000)
        await knocker.http.post("/v1/track", json={"event": "a", "userId": "u", "writeKey": "wrong"})
        await knocker.http.post("/v1/hooks/slack", json={"type": "url_verification", "challenge": "abc"})
        found = {name: number for name, number in (await told(knocker)).items() if number}
    assert found == {
        ("standard/eu", "accepted", ""): 2,
        ("standard/eu", "quarantined", "in_future"): 1,
        ("standard/eu", "quarantined", "set_aside"): 1,
        ("standard/eu", "refused", "not_json"): 1,
        ("standard/eu", "refused", "too_large"): 1,
        ("segment", "refused", "bad_signature"): 1,
        ("slack", "greeted", ""): 1,
    }


async def test_a_platform_that_has_not_come_yet_is_told_with_nought() -> None:
    async with hooked() as knocker:
        found = await told(knocker)
    assert {platform for platform, *_ in found} == {"standard/eu", "segment", "slack"}
    assert set(found.values()) == {0}
