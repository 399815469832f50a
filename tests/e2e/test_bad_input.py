"""Bad input through the door and past it: refused or kept with its reason, and nothing stops or is lost."""

from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256

import orjson
import pytest

from schemas.quarantine import ORIGINAL_BYTES_MAX, Origin
from schemas.topics import EVENTS
from tests.e2e import records
from tests.e2e.answers import became, samples
from tests.e2e.bad import Bad, bad_ones, good, large
from tests.e2e.conftest import MakeStack
from tests.e2e.records import Put
from tests.e2e.running import (
    PARTITIONS,
    SETTLED_SECONDS,
    Running,
    elsewhere,
    in_partition,
    is_accounted_for,
    record,
)
from tests.e2e.stack import Json, Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

CALLS, CHATS = EVENTS["call"].name, EVENTS["chat"].name
BAD = bad_ones()


@pytest.fixture(scope="module")
def running(make_stack: MakeStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with make_stack(tmp_path_factory.mktemp("bad-input"), 1) as stack:
        yield Running(stack)


@pytest.mark.parametrize("bad", BAD, ids=[bad.name for bad in BAD])
def test_the_door_says_what_is_wrong_with_a_single_event(running: Running, bad: Bad) -> None:
    # Alone, a list is a batch of what is in it.
    value = bad.value if bad.name != "a list" else b'"call.ended"'
    status, answer = running.send(value)
    assert status == bad.status
    if status == 202:
        assert [kept["reason"] for kept in answer["quarantined"]] == [bad.reason]
    else:
        assert answer["code"] == bad.reason


@pytest.mark.parametrize("bad", BAD, ids=[bad.name for bad in BAD])
def test_a_bad_event_does_not_sink_the_others_of_its_batch(running: Running, bad: Bad) -> None:
    subjects = [f"beside {bad.name} {number}" for number in range(2)]
    first, second = (orjson.dumps(good(subject)) for subject in subjects)
    status, answer = running.send(b"[" + first + b"," + bad.value + b"," + second + b"]")
    if bad.breaks_lists:
        assert (status, answer["code"]) == (400, bad.reason)
        return
    assert (status, answer["accepted"]) == (202, 2)
    assert [(kept["index"], kept["reason"]) for kept in answer["quarantined"]] == [(1, bad.reason)]
    running.wait_folded(*subjects)


def test_the_door_refuses_what_is_too_large(running: Running) -> None:
    assert running.send(orjson.dumps(large("large-over-http")))[0] == 413
    status, answer = running.send(orjson.dumps([good("beside-large"), large("large-in-list", 300_000)]))
    assert status == 202
    assert [kept["reason"] for kept in answer["quarantined"]] == ["too_large"]
    running.wait_folded("beside-large")


def test_the_same_bad_event_is_quarantined_under_one_id(running: Running) -> None:
    body = orjson.dumps([good("twice") | {"type": "pigeon.sent"}])
    assert running.send(body) == running.send(body)

    def listed() -> list[Json]:
        url = f"{running.stack.ingest_url}/v1/quarantine"
        items = running.stack.http.get(url, params={"reason": "unknown_channel"}).json()["items"]
        return [item for item in items if "pigeon.sent" in item["original"]]

    running.stack.wait(lambda: len(listed()) == 1, SETTLED_SECONDS, "not one entry")


def test_bad_records_of_any_topic_are_quarantined_with_their_reason_once(running: Running) -> None:
    wanted = {}
    topics = [topic.name for topic in EVENTS.values()]
    empty = (Bad("empty", b"", 0, "not_json"), Bad("null", b"null", 0, "not_an_object"))
    for number, bad in enumerate((*BAD, *empty)):
        place = Put(topics[number % len(topics)], number % PARTITIONS, b"any", bad.value)
        wanted[f"{place.topic}-{place.partition}-{running.put(place)[0]}"] = bad
    found = running.wait_quarantined(*wanted)
    assert {name: [entry.reason for entry in found[name]] for name in wanted} == {
        name: [bad.reason] for name, bad in wanted.items()
    }
    for name, bad in wanted.items():
        assert found[name][0].original_sha256 == sha256(bad.value).hexdigest()


def test_a_record_without_a_value_is_quarantined(running: Running) -> None:
    offset = running.put(Put(CALLS, 3, b"nothing", None))[0]
    entry = running.wait_quarantined(f"{CALLS}-3-{offset}")[f"{CALLS}-3-{offset}"]
    assert [(one.reason, one.original_bytes) for one in entry] == [("not_json", 0)]


@pytest.mark.parametrize("codec", ["gzip", "lz4", "snappy", "zstd"])
def test_what_only_compression_made_small_keeps_its_beginning_and_its_hash(
    running: Running, codec: str
) -> None:
    subject = f"large-{codec}"
    put = record(large(subject) | {"id": "large"})
    assert put.value is not None
    offset = running.put(put, record(good(subject)), codec=codec)[0]
    name = f"{CALLS}-{put.partition}-{offset}"
    (entry,) = running.wait_quarantined(name)[name]
    assert (entry.reason, entry.origin) == ("too_large", Origin(CALLS, put.partition, offset))
    assert (entry.original_bytes, entry.original_sha256) == (len(put.value), sha256(put.value).hexdigest())
    assert b64decode(entry.original) == put.value[:ORIGINAL_BYTES_MAX]
    # The good event of its batch and contact is the only step: readers must not show what is quarantined.
    running.wait_folded(subject)
    shown = running.stack.http.get(f"{running.stack.ingest_url}/v1/quarantine/{name}").json()
    assert (shown["reason"], shown["original_is_whole"]) == ("too_large", False)


def test_a_good_event_in_a_wrong_place_is_folded_where_it_belongs(running: Running) -> None:
    events = {name: good(f"astray by {name}") for name in ("key", "no key", "partition", "topic", "all")}
    puts = {name: record(event) for name, event in events.items()}
    homes = {name: put.partition for name, put in puts.items()}
    before = became(running.stack)
    running.put(
        puts["key"]._replace(key=b"another"),
        puts["no key"]._replace(key=None),
        puts["partition"]._replace(partition=elsewhere(homes["partition"])),
        puts["topic"]._replace(topic=CHATS),
        puts["all"]._replace(topic=CHATS, key=b"another", partition=elsewhere(homes["all"])),
    )
    running.wait_folded(*(f"astray by {name}" for name in events))

    def rerouted() -> Counter[str]:
        return Counter(
            {topic: after["rerouted"] - before.get(topic, Counter())["rerouted"]
             for topic, after in became(running.stack).items()}
        )  # fmt: skip

    wanted = Counter({CALLS: 3, CHATS: 2})
    running.stack.wait(lambda: +rerouted() == wanted, SETTLED_SECONDS, "not re-routed once each")


@pytest.mark.parametrize("codec", ["gzip", "lz4", "snappy", "zstd"])
def test_batches_in_every_codec_are_folded(running: Running, codec: str) -> None:
    subjects = [f"{codec}-{number}" for number in range(40)]
    running.put(*(record(good(subject)) for subject in subjects), codec=codec)
    running.wait_folded(*subjects)


def test_no_partition_is_blocked_and_no_worker_has_stopped(running: Running) -> None:
    events = [in_partition("after", number) for number in range(PARTITIONS)]
    assert running.stack.post(events)["accepted"] == PARTITIONS
    running.wait_folded(*(event["subject"] for event in events))
    assert running.stack.worker_pids() == running.pids
    assert running.stack.is_ready()


def test_the_ledger_of_the_door_balances(running: Running) -> None:
    found = at_the_door(running.stack)
    assert min(found["accepted"], found["quarantined"], found["refused"]) > 0
    received = found.pop("received")
    assert received == sum(found.values())


def test_every_record_of_every_topic_is_accounted_for(running: Running) -> None:
    stack, event = running.stack, good("ledger")
    for queue in ("one", "one", "two"):
        stack.post({**event, "data": {**event["data"], "queue": queue}})
    stack.wait(lambda: is_accounted_for(stack), SETTLED_SECONDS, "the ledger does not balance")
    outcomes = sum(became(stack).values(), Counter[str]())
    wanted = {"processed", "duplicate", "conflict", "quarantined", "rerouted"}
    assert wanted <= {outcome for outcome, number in outcomes.items() if number}
    door = at_the_door(stack)
    written = door["accepted"] + running.puts + outcomes["rerouted"]
    assert sum(records.ends(stack.bootstrap).values()) == written
    kept = records.read(stack.bootstrap, "events.quarantined")
    assert len(kept) == door["quarantined"] + outcomes["quarantined"]


def at_the_door(stack: Stack) -> dict[str, int]:
    """Events by what became of them at the door."""
    name = "journeyline_ingest_events_total"
    return {
        sample.labels["outcome"]: int(sample.value) for sample in samples(stack, [stack.ingest_url], name)
    }
