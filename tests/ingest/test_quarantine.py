"""The quarantine over HTTP: listed, read, repaired, sent again."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import msgspec
import orjson
import pytest
from aiokafka import TopicPartition

from schemas.quarantine import Quarantined
from services import keys
from services.ingest.quarantine import records_at
from services.keys import Scope
from tests.ingest.doors import Knocker, door, event, events_kept, until

pytestmark = pytest.mark.usefixtures("kafka")


async def _put(knocker: Knocker, *bad: dict[str, Any]) -> None:
    total = (await knocker.get("/v1/quarantine"))["total"]
    for each in bad:
        assert (await knocker.post(each)).status_code == 202

    async def is_listed() -> bool:
        return bool((await knocker.get("/v1/quarantine"))["total"] == total + len(bad))

    await until(is_listed)


def _fax() -> dict[str, Any]:
    return event(id=uuid4().hex, type="fax.received")


async def test_it_lists_the_newest_first_page_by_page() -> None:
    faxes = [_fax() for _ in range(3)]
    async with door() as knocker:
        await _put(knocker, *faxes)
        first = await knocker.get("/v1/quarantine", limit="2", reason="unknown_channel")
        second = await knocker.get("/v1/quarantine", limit="2", cursor=first["next_cursor"])
    assert first["total_is"] == "exact"
    assert first["total"] >= 3
    newest = (first["items"] + second["items"])[: len(faxes)]  # what others left there may be no event at all
    assert [orjson.loads(item["original"])["id"] for item in newest] == [fax["id"] for fax in reversed(faxes)]


def _kept(name: str) -> Quarantined:
    return Quarantined(
        id=name, reason="schema", detail="", received_at="", original="", original_bytes=0, original_sha256=""
    )


class _SlowConsumer:
    """Of a topic whose records 0 to 2 have expired; every second fetch finds nothing in time."""

    def __init__(self, kept: dict[int, Quarantined]) -> None:
        self._kept, self._is_slow, self._position = kept, False, 0

    async def beginning_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, min(self._kept))

    async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, max(self._kept) + 1)

    def seek(self, place: TopicPartition, offset: int) -> None:
        self._position = offset

    async def getmany(self, place: TopicPartition, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        self._is_slow = not self._is_slow
        if self._is_slow:
            return {}
        offset = min(offset for offset in self._kept if offset >= self._position)
        return {place: [SimpleNamespace(offset=offset, value=msgspec.json.encode(self._kept[offset]))]}


async def test_what_comes_slowly_is_not_taken_for_expired() -> None:
    kept = {offset: _kept(f"q{offset}") for offset in (3, 4, 6)}
    assert await records_at(_SlowConsumer(kept), {1, 3, 4, 5, 9}) == {3: kept[3], 4: kept[4]}


async def test_it_shows_one_with_its_original_and_its_reason() -> None:
    fax = _fax()
    async with door() as knocker:
        await _put(knocker, fax)
        name = (await knocker.get("/v1/quarantine", limit="1"))["items"][0]["id"]
        item = await knocker.get(f"/v1/quarantine/{name}")
        assert (await knocker.http.get("/v1/quarantine/nothing")).status_code == 404
    assert (orjson.loads(item["original"]), item["original_encoding"]) == (fax, "utf-8")
    assert (item["reason"], item["tenant"], item["original_is_whole"]) == ("unknown_channel", "default", True)


async def test_a_retry_does_not_double_it() -> None:
    fax, other = _fax(), _fax()
    async with door() as knocker:
        await _put(knocker, fax, other)
        total = (await knocker.get("/v1/quarantine"))["total"]
        await knocker.post(fax)
        await _put(knocker, _fax())
        assert (await knocker.get("/v1/quarantine"))["total"] == total + 1


async def test_it_filters_by_reason_and_time() -> None:
    async with door() as knocker:
        await _put(knocker, event(id=uuid4().hex, time="9999-12-31T23:59:59Z"))
        listed = await knocker.get("/v1/quarantine", reason="in_future", since="2026-01-01T00:00:00Z")
        assert {item["reason"] for item in listed["items"]} == {"in_future"}
        assert (await knocker.get("/v1/quarantine", until="2020-01-01T00:00:00Z"))["total"] == 0
        answer = await knocker.http.get("/v1/quarantine", params={"since": "yesterday"})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_parameter")


async def test_it_sends_repaired_events_again(kafka: str) -> None:
    fax, other = _fax(), _fax()
    async with door() as knocker:
        await _put(knocker, fax, other)
        other_id, fax_id = [i["id"] for i in (await knocker.get("/v1/quarantine", limit="2"))["items"]]
        body = {"ids": [fax_id, other_id, "gone"], "events": {fax_id: fax | {"type": "call.held"}}}
        answer = await knocker.http.post("/v1/quarantine/replay", json=body)
        ledger = await knocker.ledger()
    assert (answer.status_code, answer.json()["accepted"], answer.json()["missing"]) == (202, 1, ["gone"])
    assert [each["index"] for each in answer.json()["quarantined"]] == [1]
    assert len(await events_kept(kafka, fax["id"])) == 1
    assert ledger["received"] == ledger["accepted"] + ledger["quarantined"] == 4


async def test_what_a_key_sent_stays_its_tenants_though_nobody_could_read_it(
    kafka: str, tmp_path: Path
) -> None:
    """The repair comes from an operator without a tenant; what was masked stays masked."""
    _, words = keys.create(tmp_path / "keys.json", "acme", [Scope.WRITE], tenant="acme")
    _, operator = keys.create(tmp_path / "keys.json", "operator", [Scope.READ, Scope.OPERATE])
    whole = event(id=uuid4().hex, type="call.transcribed", data={"text": "card 4111111111111111 "})
    cut = b"[" + orjson.dumps(whole).replace(b"1 ", rb"1 \ud83d") + b"]"
    async with door(keys_file=tmp_path / "keys.json") as knocker:
        knocker.http.headers["authorization"] = f"Bearer {words}"
        assert (await knocker.post(cut)).json()["quarantined"][0]["reason"] == "not_json"
        knocker.http.headers["authorization"] = f"Bearer {operator}"

        async def listed() -> list[Any]:
            page = await knocker.get("/v1/quarantine", tenant="acme", reason="not_json")
            return [item for item in page["items"] if whole["id"] in item["original"]]

        await until(listed)
        [item] = await listed()
        assert "card [card] \\ud83d" in item["original"]
        body = {"ids": [item["id"]], "events": {item["id"]: whole}}
        assert (await knocker.http.post("/v1/quarantine/replay", json=body)).json()["accepted"] == 1
    [kept] = await events_kept(kafka, whole["id"])
    assert orjson.loads(kept.value)["tenant"] == "acme"


async def test_no_body_is_read_of_who_may_not_replay() -> None:
    """It would be held in memory, however large."""
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(64):
            read += 1
            yield b" " * 1024 * 1024

    async with door(api_key="k") as knocker:
        answer = await knocker.http.post("/v1/quarantine/replay", content=body())
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        answer = await knocker.http.post("/v1/quarantine/replay", content=body(), headers={"x-api-key": "k"})
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert read < 16


@pytest.mark.parametrize("body", [b"", b"[", b"[]", b"{}", b'{"ids": []}', b'{"ids": [1]}', b"[" * 100_000])
async def test_a_wrong_wish_to_replay_is_refused_in_a_sentence(body: bytes) -> None:
    async with door() as knocker:
        answer = await knocker.http.post("/v1/quarantine/replay", content=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_parameter"), answer.text
