"""Web-hooks pass the gate that all pass: no key is asked for, but rates, sizes and scrubbing are the same."""

from typing import Any
from uuid import uuid4

import orjson
import pytest
import zstandard
from pydantic import SecretStr

from tests.ingest.doors import door, event, events_kept, until

pytestmark = pytest.mark.usefixtures("kafka")

HOOKS: list[dict[str, Any]] = [
    {"platform": "standard", "unsigned": True, "tenant": "acme"},
    {"platform": "segment", "secrets": ["write-key"]},
]
ADDRESSES = ("/v1/hooks/standard", "/v1/hooks/segment", "/v1/track", "/i")


def hooked(**changes: Any) -> Any:
    return door(hooks=SecretStr(orjson.dumps(HOOKS).decode()), **changes)


async def test_signatures_vouch_for_platforms_and_no_key_is_asked_for() -> None:
    async with hooked(api_key="k") as knocker:
        assert (await knocker.post(event())).status_code == 401
        assert (await knocker.http.post("/v1/hooks/standard", json=event(id=uuid4().hex))).status_code == 202
        call = {"type": "track", "event": "a", "userId": "u", "writeKey": "write-key"}
        assert (await knocker.http.post("/v1/track", json=call)).status_code == 200
        assert (await knocker.http.get("/v1/quarantine")).status_code == 401


@pytest.mark.parametrize("path", ADDRESSES)
async def test_an_address_that_comes_too_often_waits(path: str) -> None:
    async with hooked(ingest_rate_per_address=0.01) as knocker:
        method = "GET" if path == "/i" else "POST"
        first = await knocker.http.request(method, path, content=b"{}")
        second = await knocker.http.request(method, path, content=b"{}")
        ledger = await knocker.ledger()
    assert first.status_code != 429
    assert (second.status_code, second.json()["code"]) == (429, "too_many_requests")
    assert 0 < int(second.headers["retry-after"]) <= 100
    assert ledger["refused"] >= 1


async def test_what_nobody_may_keep_is_masked_in_what_platforms_tell(kafka: str) -> None:
    name = uuid4().hex
    data = {"text": "my card is 4111 1111 1111 1111", "identifiers": {"phone": "+14155550101"}}
    own = event(id=name, type="chat.message_sent", data=data | {"by": "customer"})
    async with hooked() as knocker:
        assert (await knocker.http.post("/v1/hooks/standard", json=own)).status_code == 202
        metrics = (await knocker.http.get("/metrics")).text
        sources = (await knocker.get("/v1/sources"))["items"]
    (found,) = [orjson.loads(record.value) for record in await events_kept(kafka, name)]
    assert found["data"]["text"] == "my card is [card]"
    assert found["data"]["identifiers"] == data["identifiers"]
    assert 'journeyline_ingest_masked_total{kind="cards"} 1.0' in metrics
    assert [(one["tenant"], one["source"], one["accepted"]) for one in sources] == [
        ("acme", own["source"], 1)
    ]


async def test_a_delivery_may_be_compressed_as_any_body_may() -> None:
    body = zstandard.compress(orjson.dumps(event(id=uuid4().hex)))
    headers = {"content-type": "application/json", "content-encoding": "zstd"}
    async with hooked() as knocker:
        taken = await knocker.http.post("/v1/hooks/standard", content=body, headers=headers)
        strange = await knocker.http.post(
            "/v1/hooks/standard", content=body, headers=headers | {"content-encoding": "br"}
        )
    assert (taken.status_code, strange.status_code) == (202, 415)


async def test_what_cannot_be_kept_whole_is_refused_and_harms_nobody(kafka: str) -> None:
    async with hooked() as knocker:
        large = {"type": "x" * 900_000, "event": "a", "userId": "u", "writeKey": "write-key"}
        refused = await knocker.http.post("/v1/track", json=large)
        assert (refused.status_code, refused.json()["code"]) == (413, "too_large"), refused.text
        kept = await knocker.http.post("/v1/track", json=large | {"type": "y" * 500_000})
        assert kept.status_code == 200
        assert (await knocker.post(event(id=uuid4().hex))).status_code == 202

        async def is_listed() -> bool:
            return bool((await knocker.get("/v1/quarantine", platform="segment"))["total"])

        await until(is_listed)
        item = (await knocker.get("/v1/quarantine", platform="segment"))["items"][0]
    assert (item["original_is_whole"], item["kind"]) == (True, "y" * 200)
