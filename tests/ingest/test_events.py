"""`POST /v1/events` before a real broker: what is kept, what is refused, and what each answer says."""

import asyncio
from typing import Any
from uuid import uuid4

import orjson
import pytest

from schemas.codec import parse_event
from schemas.partitioning import partition_of
from tests.ingest.doors import PARTITIONS, Knocker, door, event, events_kept

pytestmark = pytest.mark.usefixtures("kafka")

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
DEEP = b'{"id":' + b'{"a":' * 3000 + b"1" + b"}" * 3001
HALF_A_PAIR = orjson.dumps(event(id="half")).replace(b"half", b"\\ud800")
HUGE_NUMBER = orjson.dumps(event(data={"queue": "q", "n": 7})).replace(b"7}", b"1" + b"0" * 400 + b"}")

REFUSED: dict[str, tuple[bytes, int, str]] = {
    "no JSON": (b"hello", 400, "not_json"),
    "an empty body": (b"", 400, "not_json"),
    "half an object": (b'{"id": "1"', 400, "not_json"),
    "a list without end": (b'[{"id": "1"}', 400, "not_json"),
    "a list of no JSON": (b"[oops]", 400, "not_json"),
    "NaN": (b'{"id": NaN}', 400, "not_json"),
    "NaN in a list": (b'[{"id": NaN}]', 400, "not_json"),
    "half a surrogate pair": (HALF_A_PAIR, 400, "not_json"),
    "no UTF-8": (b'{"id": "\xff"}', 400, "not_json"),
    "10^400": (HUGE_NUMBER, 422, "number_out_of_range"),
    "deep nesting": (DEEP, 422, "too_complex"),
    "nesting without end": (b"[" * 500_000, 400, "not_json"),
    "a text": (b'"hello"', 422, "not_an_object"),
    "no time": (orjson.dumps({k: v for k, v in event().items() if k != "time"}), 422, "schema"),
    "a wrong type": (orjson.dumps(event(id=7)), 422, "schema"),
    "a wrong data": (orjson.dumps(event(data=[])), 422, "schema"),
    "no subject": (orjson.dumps(event(subject=None)), 422, "schema"),
    "a local time": (orjson.dumps(event(time="2026-11-21T10:00:00")), 422, "schema"),
    "bytes as data": (orjson.dumps(event(data_base64="AA==")), 422, "schema"),
    "a large event": (orjson.dumps(event(data={"a": ["x" * 60_000] * 5})), 413, "too_large"),
    "2 MB": (b" " * 2_000_000, 413, "too_large"),
    "1,001 events": (orjson.dumps([event()] * 1001), 413, "too_many_events"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_it_refuses(name: str) -> None:
    body, status, code = REFUSED[name]
    async with door() as knocker:
        answer = await knocker.post(body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert {"type", "title", "status", "detail", "hint"} <= set(answer.json())


@pytest.mark.parametrize(
    "kind", ["application/cloudevents+avro", "text/plain", "", "application/json; charset=latin-1"]
)
async def test_it_refuses_content_it_cannot_read(kind: str) -> None:
    async with door() as knocker:
        answer = await knocker.post(event(), kind)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_content")
    assert "application/cloudevents-batch+json" in answer.json()["hint"]


async def test_it_refuses_an_encoding_it_cannot_read() -> None:
    headers = {"content-type": "application/json", "content-encoding": "br"}
    async with door() as knocker:
        answer = await knocker.http.post("/v1/events", content=b"x", headers=headers)
    assert answer.status_code == 415


async def test_it_refuses_a_body_that_grows_too_large_while_it_comes() -> None:
    async def endless() -> Any:
        for _ in range(40):
            yield b" " * 100_000

    async with door() as knocker:
        answer = await knocker.http.post(
            "/v1/events", content=endless(), headers={"content-type": "application/json"}
        )
    assert answer.status_code == 413


@pytest.mark.parametrize("kind", ["application/json", STRUCTURED, STRUCTURED + "; charset=UTF-8"])
async def test_it_keeps_a_single_event_as_it_was_sent(kafka: str, kind: str) -> None:
    name = uuid4().hex
    body = orjson.dumps(event(id=name), option=orjson.OPT_INDENT_2)
    async with door() as knocker:
        answer = await knocker.post(body, kind)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "duplicate": 0, "quarantined": []})
    (record,) = await events_kept(kafka, name)
    assert (record.topic, record.key, record.value) == ("events.call", b"//acme/pbx\x1fcall-1", body)
    assert record.partition == partition_of(record.key, PARTITIONS)
    assert record.headers == (("digest", parse_event(orjson.loads(body)).digest),)


@pytest.mark.parametrize("kind", ["application/json", BATCH])
async def test_a_bad_event_never_sinks_the_others(kafka: str, kind: str) -> None:
    name = uuid4().hex
    good = orjson.dumps(event(id=name))
    bad = [orjson.dumps(event(type="fax.received")), b"7", DEEP, HALF_A_PAIR, HUGE_NUMBER]
    async with door() as knocker:
        answer = (await knocker.post(b"[" + b",".join([good, *bad, good]) + b"]", kind)).json()
    assert (answer["accepted"], answer["duplicate"]) == (1, 1)
    found = [(each["index"], each["reason"]) for each in answer["quarantined"]]
    reasons = ["unknown_channel", "not_an_object", "too_complex", "not_json", "number_out_of_range"]
    assert found == list(enumerate(reasons, 1))
    assert len(await events_kept(kafka, name)) == 1


async def test_it_counts_as_duplicate_only_what_is_the_very_same() -> None:
    others = [event(data={"queue": "x"}), event(tenant="t2"), event(replay="r"), event(source="//b")]
    async with door() as knocker:
        answer = (await knocker.post([event(), *others, event(tenant="default")])).json()
    assert (answer["accepted"], answer["duplicate"]) == (5, 1)


async def test_it_answers_an_empty_batch() -> None:
    async with door() as knocker:
        answer = await knocker.post([], BATCH)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 0)


async def test_a_batch_is_a_list() -> None:
    async with door() as knocker:
        answer = await knocker.post(event(), BATCH)
    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_list")


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"time": "9999-12-31T23:59:59Z"}, "in_future"), ({"type": "fax.received"}, "unknown_channel")],
)
async def test_it_quarantines_a_single_event_that_may_become_good(change: Any, reason: str) -> None:
    async with door() as knocker:
        answer = await knocker.post(event(**change))
    assert (answer.status_code, answer.json()["quarantined"][0]["reason"]) == (202, reason)


async def test_it_reads_binary_mode(kafka: str) -> None:
    name = uuid4().hex
    headers = {"content-type": "application/json", "ce-id": f'"{name}"', "ce-specversion": "1.0"}
    headers |= {"ce-source": "//acme/%C3%BC%20x", "ce-type": "call.held", "ce-time": "2026-11-21T10:00:00Z"}
    headers |= {"ce-subject": "a%2520b"}
    async with door() as knocker:
        answer = await knocker.http.post("/v1/events", content=b'{"queue": "q"}', headers=headers)
    assert answer.status_code == 202, answer.text
    (record,) = await events_kept(kafka, name)
    kept = orjson.loads(record.value)
    assert (kept["source"], kept["subject"], kept["data"]) == ("//acme/ü x", "a%20b", {"queue": "q"})


async def test_it_refuses_a_header_that_is_not_utf8() -> None:
    headers = {"ce-id": "%C0%A0", "ce-specversion": "1.0", "ce-source": "s", "ce-type": "call.held"}
    async with door() as knocker:
        answer = await knocker.http.post("/v1/events", content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_header")


async def test_a_dry_run_answers_the_same_and_keeps_nothing(kafka: str) -> None:
    name = uuid4().hex
    sent = [event(id=name), event(id=name), event(id=name, type="fax.received")]
    async with door() as knocker:
        tried = await knocker.post(sent, dry_run="true")
        before = await knocker.ledger()
        assert await events_kept(kafka, name) == []
        assert (await knocker.post(sent)).json() == tried.json()
    assert before["received"] == 0


async def test_it_wants_the_key_where_one_is_set() -> None:
    async with door(api_key="sésame") as knocker:
        assert (await knocker.post(event())).status_code == 401
        assert (await knocker.ledger())["refused"] == 1
        for headers in ({"authorization": "Bearer sésame".encode()}, {"x-api-key": "sésame".encode()}):
            answer = await knocker.http.get("/v1/quarantine", headers=headers)  # type: ignore[arg-type]
            assert answer.status_code == 200
        answer = await knocker.http.get("/v1/quarantine", headers={"x-api-key": "wrong"})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_paths_and_methods_it_does_not_know_are_problems() -> None:
    async with door() as knocker:
        for answer in (await knocker.http.get("/nowhere"), await knocker.http.delete("/v1/events")):
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"] in ("not_found", "method_not_allowed")


async def test_the_ledger_balances() -> None:
    async with door() as knocker:
        await _knock(knocker)
        ledger = await knocker.ledger()
    assert ledger["received"] == sum(ledger.values()) - ledger["received"] == 1010
    assert (ledger["accepted"], ledger["duplicate"], ledger["quarantined"]) == (3, 1, 2)


async def _knock(knocker: Knocker) -> None:
    good, bad = event(), event(type="fax.received")
    bodies = [[good, good, bad], good, good, bad, b"no", event(id=7), b" " * 2_000_000, [good] * 1001]
    await asyncio.gather(*map(knocker.post, bodies))
