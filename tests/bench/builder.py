"""The whole journey builder, both stages, over a simulated contact centre's events."""

import asyncio
import re
import subprocess
import sys
import time
import urllib.request
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import orjson

from schemas import topics
from schemas.canonical import DIGEST_HEADER
from schemas.codec import parse_event
from schemas.partitioning import partition_of
from services.simulator.options import Options, make_world
from services.stream.position import Position
from services.stream.stage import POSITION_KEY
from services.stream.values import body_of
from tests.bench.log import Placed, fill, make_topics, read
from tests.bench.measure import WARM, Wrong
from tests.bench.runtimes import PARTITIONS, environment

MONDAY_MS = 1_772_438_400_000
CUSTOMERS = 100_000
#: Of simulated time. 2 % of the customers are on the phone, in a chat or at a form at any moment then.
EVENTS_PER_S = 140.0
LOOK_SECONDS = 0.5
#: So often in a row nothing is left to do: metrics are told once a second, and what one stage says comes to
#: the next a moment later.
SETTLE_LOOKS = 6
_OFFSET = re.compile(
    r'journeyline_stream_(?P<what>folded|end)_offset\{stage="(?P<stage>[a-z]+)",'
    rf'topic="(events\.|{re.escape(topics.SUMMARIES.name)}|{re.escape(topics.CLAIMS.name)})'
)
_position = msgspec.msgpack.Decoder(Position)


class Progress:
    """How far the partitions of a stage were folded, by the broker's time, as its changelog tells."""

    def __init__(self, inputs: frozenset[str]) -> None:
        self._inputs = inputs
        self._marks: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)

    def take(self, record: Any) -> None:
        if record.key == POSITION_KEY:
            offsets = _position.decode(body_of(record.value)).offsets
            folded = sum(offset for topic, offset in offsets.items() if topic in self._inputs)
            self._marks[record.partition].append((record.timestamp, folded))

    def first_at(self, count: int) -> tuple[int, int]:
        """When so many records were folded, all partitions together, and how many they were then."""
        folded: dict[int, int] = {}
        marks = [(at_ms, number, done) for number, marks in self._marks.items() for at_ms, done in marks]
        for at_ms, number, done in sorted(marks):
            folded[number] = done
            if (total := sum(folded.values())) >= count:
                return at_ms, total
        raise Wrong(f"{sum(folded.values())} records were folded of {count}")

    def reached_ms(self, counts: dict[int, int]) -> int:
        """When each partition had folded so many records."""
        reached = 0
        for number, count in counts.items():
            later = [at_ms for at_ms, folded in self._marks[number] if folded >= count]
            if count and not later:
                raise Wrong(f"partition {number} was not folded to record {count}")
            reached = max(reached, *later[:1]) if count else reached
        return reached


def simulate(seed: int, minutes: float) -> Iterator[Placed]:
    """The events of a contact centre, each where it belongs."""
    options = Options(seed=seed, customers=CUSTOMERS, rate=EVENTS_PER_S, minutes=minutes)
    for raw in make_world(options, MONDAY_MS).all_events():
        yield placed_event(raw)


def placed_event(raw: dict[str, Any]) -> Placed:
    """As the door writes it."""
    event = parse_event(raw)
    home, headers = partition_of(event.key, PARTITIONS), [(DIGEST_HEADER, event.digest)]
    return Placed(topics.EVENTS[event.channel].name, home, event.key, orjson.dumps(raw), headers)


async def measure_builder(
    brokers: str, folder: Path, events: Iterator[Placed], port: int, limit_s: float
) -> float:
    """Events a second of one worker: from the warm part of the log to the last journey they lead to."""
    variables = {
        "KAFKA_BOOTSTRAP_SERVERS": brokers,
        "JOURNEYLINE_DATA_DIR": str(folder),
        "JOURNEYLINE_PARTITIONS": str(PARTITIONS),
        "JOURNEYLINE_BUILD_PORT": str(port),
    }
    for topic in topics.TOPICS:
        make_topics(brokers, [topic.name], topic.partitions or PARTITIONS, **topic.configs)
    counts: defaultdict[int, int] = defaultdict(int)

    def counted() -> Iterator[Placed]:
        for placed in events:
            counts[placed.partition] += 1
            yield placed

    await fill(brokers, counted())
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "builder.log").open("wb") as log:
        command = [sys.executable, "-m", "services.journey_builder"]
        worker = subprocess.Popen(command, stdout=log, stderr=log, env=environment() | variables)
    try:
        await _until_folded(worker, port, sum(counts.values()), limit_s, folder / "builder.log")
    finally:
        worker.terminate()
        worker.wait(60)
    return await _rate(brokers, counts)


async def _until_folded(
    worker: "subprocess.Popen[bytes]", port: int, events: int, limit_s: float, log: Path
) -> None:
    """Until all events are contacts', and all that was told of those is their customers'."""
    ends = time.monotonic() + limit_s
    settled = 0
    while settled < SETTLE_LOOKS:
        if worker.poll() is not None or time.monotonic() > ends:
            raise Wrong(f"the builder did not come to the end: {log.read_text()[-2000:]}")
        await asyncio.sleep(LOOK_SECONDS)
        told = await asyncio.to_thread(_offsets, f"http://127.0.0.1:{port}/metrics")
        is_done = told["folded", "contacts"] >= events and all(
            told["folded", stage] >= told["end", stage] for stage in ("identities", "customers")
        )
        settled = settled + 1 if is_done else 0


def _offsets(url: str) -> defaultdict[tuple[str, str], float]:
    """By "folded" or "end", and stage: the sum over the topics that stages tell each other by."""
    sums: defaultdict[tuple[str, str], float] = defaultdict(float)
    try:
        with urllib.request.urlopen(url, timeout=5.0) as answer:
            lines = answer.read().decode().splitlines()
    except OSError:
        return sums
    for line in lines:
        found = _OFFSET.match(line)
        if found is not None:
            sums[found["what"], found["stage"]] += float(line.rpartition(" ")[2])
    return sums


async def _rate(brokers: str, counts: dict[int, int]) -> float:
    events = frozenset(topic.name for topic in topics.EVENTS.values())
    contacts, customers = Progress(events), Progress(frozenset({topics.SUMMARIES.name}))
    await read(brokers, topics.CONTACTS_CHANGELOG.name, PARTITIONS, contacts.take)
    await read(brokers, topics.CUSTOMERS_CHANGELOG.name, PARTITIONS, customers.take)
    summaries: defaultdict[int, list[int]] = defaultdict(list)
    await read(
        brokers, topics.SUMMARIES.name, PARTITIONS, lambda one: summaries[one.partition].append(one.timestamp)
    )
    done_ms = contacts.reached_ms(counts)
    caused = {number: bisect_right(times, done_ms) for number, times in summaries.items()}
    end_ms = max(done_ms, customers.reached_ms(caused))
    total = sum(counts.values())
    warm_ms, warm = contacts.first_at(int(total * WARM))
    return (total - warm) / (end_ms - warm_ms) * 1000
