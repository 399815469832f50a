"""A town square for word counters: topics of its own, speakers, workers, and what must come out."""

import asyncio
import os
import random
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from tests.chaos.oracle import Said, Speech

DEADLINE_S = 40.0
PARTITIONS = 4
WORDS = [b"word-%d" % number for number in range(40)]


class Town:
    """One group of workers on topics of their own."""

    def __init__(self, bootstrap: str, folder: Path, silence_ms: int, standbys: int) -> None:
        self.bootstrap, self.folder, self.silence_ms = bootstrap, folder, silence_ms
        self.standbys = standbys
        self.run = f"t-{uuid.uuid4().hex[:12]}"
        #: By word, every record of its in the order of the log: (offset, broker time).
        self.heard: dict[bytes, list[tuple[int, int]]] = {}
        #: By word, all that workers said: (what, n, chain, last time), with who and when it was written.
        self.said: dict[bytes, dict[Said, tuple[str, int]]] = {}
        #: The same as a reader takes it that goes by the last record of a word.
        self.speech = Speech()
        self.workers: list[subprocess.Popen[bytes]] = []
        #: Workers that are started again whenever they were fenced, and how often that was.
        self.kept: dict[str, subprocess.Popen[bytes]] = {}
        self.fenced = 0
        self._is_hushed = False
        self._producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")

    def work(self, name: str = "one", **env: str) -> subprocess.Popen[bytes]:
        """Starts a worker; its data directory stays from life to life."""
        arguments = [
            self.run,
            str(self.silence_ms),
            name,
            self.bootstrap,
            str(PARTITIONS),
            self.data_of(name),
            self.standbys,
        ]
        with (self.folder / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-m", "tests.stream.word_count", *map(str, arguments)]
            worker = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | env)
        self.workers.append(worker)
        return worker

    def data_of(self, name: str) -> str:
        return str(self.folder / name)

    def keep(self, name: str) -> subprocess.Popen[bytes]:
        """Starts a worker that has a supervisor."""
        self.kept[name] = self.work(name)
        return self.kept[name]

    def _supervise(self) -> None:
        for name, worker in list(self.kept.items()):
            if worker.poll() is not None:
                assert worker.returncode == 75, self.last_words()
                self.fenced += 1
                self.keep(name)

    async def speak(self, count: int, per_second: float = 1e9, words: list[bytes] = WORDS) -> None:
        """Words at random, in their partitions, each acknowledged by the broker."""
        chance = random.Random(7)
        while count > 0 and not self._is_hushed:
            started = time.monotonic()
            some = [chance.choice(words) for _ in range(min(50, count))]
            count -= len(some)
            sent = [
                await self._producer.send(f"{self.run}-in", b"", key=word, partition=crc32(word) % PARTITIONS)
                for word in some
            ]
            await asyncio.gather(*sent)
            await asyncio.sleep(max(0.0, len(some) / per_second - (time.monotonic() - started)))

    @asynccontextmanager
    async def speaking(self, per_second: float) -> AsyncIterator[None]:
        """Speaks in the background until the end of the block."""
        speaking = asyncio.create_task(self.speak(1 << 30, per_second))
        try:
            yield
        finally:
            self._is_hushed = True
            await speaking

    async def listen(self) -> bool:
        """Takes in what is new in the topics; returns whether there was any."""
        self._supervise()
        batches = await self._consumer.getmany(timeout_ms=200)
        for batch in batches.values():
            for record in batch:
                self._take(record)
        return bool(batches)

    def _take(self, record: Any) -> None:
        if record.topic.endswith("-in"):
            self.heard.setdefault(record.key, []).append((record.offset, record.timestamp))
        else:
            *said, worker = msgspec.json.decode(record.value)
            said_by_word = self.said.setdefault(record.key, {})
            said_by_word.setdefault(tuple(said), (worker, record.timestamp))
            ((_, batch),) = record.headers
            self.speech.take(record.partition, batch, record.key, tuple(said))

    async def until(self, what: str, condition: Callable[[], bool], deadline_s: float = DEADLINE_S) -> None:
        ends = time.monotonic() + deadline_s
        while not condition():
            assert time.monotonic() < ends, f"not within {deadline_s} s: {what}\n{self.last_words()}"
            await self.listen()

    async def until_all_is_said(self) -> None:
        """All words counted to the end and silent; and nothing said that the log does not say."""
        while await self.listen():
            pass  # what is said must not run ahead of what was heard
        await self.until("all is said", self.is_all_said)
        for word, heard in self.heard.items():
            counts, silences = self._truth(heard)
            wrong = self.said[word].keys() - counts - silences
            assert not wrong, f"{word!r}: {sorted(wrong)[:5]} of {len(wrong)}\n{self.last_words()}"
            assert self.speech.holds[word] == max(silences, key=lambda said: said[1]), word

    async def changed(self) -> int:
        """Records in the changelog, as long as nobody has compacted it."""
        return sum((await self.ends_of("changelog")).values())

    async def ends_of(self, name: str) -> dict[TopicPartition, int]:
        places = [TopicPartition(f"{self.run}-{name}", number) for number in range(PARTITIONS)]
        return dict(await self._consumer.end_offsets(places))

    def is_all_said(self) -> bool:
        return bool(self.heard) and not self.unsaid()

    def unsaid(self) -> dict[bytes, set[Said]]:
        """By word, what must be said and was not: the last count, all silences."""
        missing: dict[bytes, set[Said]] = {}
        for word, heard in self.heard.items():
            counts, silences = self._truth(heard)
            last = max(counts, key=lambda said: said[1])
            if left := {last, *silences} - self.said.get(word, {}).keys():
                missing[word] = left
        return missing

    def _truth(self, heard: list[tuple[int, int]]) -> tuple[set[Said], set[Said]]:
        """The whole job, recomputed from the log: what may be said, and what must."""
        chain, counts, silences = 0, set[Said](), set[Said]()
        for n, (offset, at_ms) in enumerate(heard, start=1):
            chain = crc32(b"%d" % offset, chain)
            counts.add(("count", n, chain, at_ms))
            if n == len(heard) or heard[n][1] - at_ms > self.silence_ms:
                silences.add(("silent", n, chain, at_ms))
        return counts, silences

    def counted_by(self, worker: str, word: bytes | None = None) -> int:
        """How much of what was said, of one word or of all, this worker was the first to say."""
        words = self.said.values() if word is None else [self.said.get(word, {})]
        return sum(who == worker for said in words for who, _ in said.values())

    def last_words(self) -> str:
        """Of the workers, when a test fails."""
        codes = [worker.poll() for worker in self.workers]
        logs = (f"{log.name}: {log.read_text()[-1500:]}" for log in self.folder.glob("*.log"))
        unsaid = [(word, crc32(word) % PARTITIONS, left) for word, left in self.unsaid().items()]
        return "\n".join([f"exit codes: {codes}, unsaid: {unsaid[:4]} of {len(unsaid)}", *logs])


async def ended(worker: subprocess.Popen[bytes], deadline_s: float = DEADLINE_S) -> int:
    return await asyncio.to_thread(worker.wait, deadline_s)


@asynccontextmanager
async def town(
    bootstrap: str, folder: Path, silence_ms: int = 60_000, standbys: int = 0
) -> AsyncIterator[Town]:
    place = Town(bootstrap, folder, silence_ms, standbys)
    configs = {"message.timestamp.type": "LogAppendTime"}
    names = [f"{place.run}-{name}" for name in ("in", "wakes", "changelog", "out")]
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    wanted = {"num_partitions": PARTITIONS, "replication_factor": 1, "configs": configs}
    admin.create_topics({name: wanted for name in names}, wait_for_metadata=True)
    admin.close()
    await place._producer.start()
    await place._consumer.start()
    place._consumer.assign(
        [TopicPartition(name, number) for name in (names[0], names[3]) for number in range(PARTITIONS)]
    )
    try:
        yield place
    finally:
        for worker in place.workers:
            worker.kill()
            worker.wait()
        await place._producer.stop()
        await place._consumer.stop()
