"""The hall of the chaos tests: topics, traffic that never rests, supervised workers, and what was heard."""

import asyncio
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from tests.chaos.oracle import Heard, Speech, Verdict, is_event, judge, tell
from tests.chaos.traffic import Traffic

SILENCE_MS = 3000
#: Records that are sent together in the pauses between surges, and how often.
DRIP, DRIP_SECONDS = 20, 0.05
DEADLINE_S = 120.0
#: Longer than a word must be silent until that is said.
QUIET_SECONDS = 5.0
#: As the product's changelogs, in minutes instead of days: far longer than anybody is paused or away.
COMPACTED = {
    "cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01", "segment.ms": "60000",
    "min.compaction.lag.ms": "120000", "delete.retention.ms": "240000",
}  # fmt: skip


class Trouble(Exception):
    """Something did not happen in time; the text says what, and what the workers said last."""


class Hall:
    """One group of workers on topics of their own."""

    def __init__(self, bootstrap: str, folder: Path, seed: int, partitions: int, workers: int) -> None:
        self.bootstrap, self.folder, self.partitions = bootstrap, folder, partitions
        self.run = f"chaos-{seed}"
        self.dice = random.Random(seed)
        self.traffic = Traffic(seed, partitions)
        self.names = [f"w{number}" for number in range(workers)]
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        #: How often each was started; it says so with all it says.
        self.lives: Counter[str] = Counter()
        #: Workers that are to stay away, and how the others ended that nobody had killed.
        self.away: set[str] = set()
        self.endings: defaultdict[int, int] = defaultdict(int)
        self.heard: list[Heard] = []
        self.said = Speech()
        self.quarantined: list[str] = []
        #: Events sent, and how many different counts were said; by worker and life, when it last spoke (s).
        self.sent = 0
        self.counted: set[tuple[bytes, int]] = set()
        self.spoke_at: dict[str, float] = {}
        #: By partition, when something was said (broker time, ms).
        self.said_ms: defaultdict[int, list[int]] = defaultdict(list)
        self._is_hushed, self._taken_s = asyncio.Event(), 0.0
        self._producer: Any = None
        self._consumer: Any = None

    async def open(self) -> None:
        """Connects, to speak and to listen to all that is in the topics."""
        self._producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all")
        self._consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, auto_offset_reset="earliest")
        await self._producer.start()
        await self._consumer.start()
        topics = [(f"{self.run}-{name}", self.partitions) for name in ("in", "out")]
        places = [TopicPartition(topic, number) for topic, count in topics for number in range(count)]
        self._consumer.assign([*places, TopicPartition(f"{self.run}-quarantine", 0)])

    async def close(self) -> None:
        # A fetch that waits for its next try ends the consumer's own closing with it (aiokafka 0.14.0).
        with suppress(asyncio.CancelledError):
            await self._consumer.stop()
        await self._producer.stop()

    async def go_on(self) -> None:
        """Traffic, and listening to what is made of it, until cancelled."""
        await asyncio.gather(self._listen(), self._drip())

    def start(self, name: str, **variables: str) -> None:
        """Starts a worker; its data folder stays from life to life."""
        self.away.discard(name)
        self.lives[name] += 1
        arguments = [
            self.run, SILENCE_MS, name, self._life(name), self.bootstrap, self.partitions, self.data_of(name),
            self.dice.randrange(2),  # standbys: as the leader of the group has it
        ]  # fmt: skip
        with (self.folder / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-W", "ignore", "-m", "tests.chaos.echo", *map(str, arguments)]
            self.workers[name] = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | variables)

    def _life(self, name: str) -> str:
        return f"{name}.{self.lives[name]}"

    def data_of(self, name: str) -> Path:
        return self.folder / name

    def lose_data(self, name: str) -> None:
        shutil.rmtree(self.data_of(name), ignore_errors=True)

    def supervise(self) -> None:
        """Starts again whoever has ended."""
        for name, worker in list(self.workers.items()):
            if name not in self.away and worker.poll() is not None:
                self.endings[worker.returncode] += 1
                self.start(name)

    @property
    def lag(self) -> int:
        """Events that were sent and of which nothing was said yet."""
        return self.sent - len(self.counted)

    async def surge(self, count: int) -> None:
        """Sends records as fast as the broker takes them."""
        sent = []
        for _ in range(count):
            partition, word, value = self.traffic.next()
            self.sent += is_event(value)
            sent.append(await self._send(partition, word, value))
        await asyncio.gather(*sent)

    async def close_round(self) -> None:
        """One event of each word; what comes of it tells its state."""
        sent = [await self._send(*last) for last in self.traffic.last()]
        self.sent += len(sent)
        await asyncio.gather(*sent)

    async def _send(self, partition: int, word: bytes, value: bytes) -> Any:
        return await self._producer.send(f"{self.run}-in", value, key=word, partition=partition)

    async def _drip(self) -> None:
        while not self._is_hushed.is_set():
            await self.surge(DRIP)
            await asyncio.sleep(DRIP_SECONDS)

    async def _listen(self) -> None:
        while True:
            for batch in (await self._consumer.getmany(timeout_ms=100)).values():
                for record in batch:
                    self._take(record)
            self.supervise()

    def _take(self, record: Any) -> None:
        self._taken_s = time.monotonic()
        if record.topic.endswith("-in"):
            self.heard.append(
                Heard(record.partition, record.offset, record.timestamp, record.key, record.value)
            )
        elif record.topic.endswith("-quarantine"):
            self.quarantined.append(record.key.decode())
        else:
            what, n, chain, last_ms, life = orjson.loads(record.value)
            self.said.take(record.partition, record.headers[0][1], record.key, (what, n, chain, last_ms))
            self.spoke_at[life] = time.monotonic()
            self.said_ms[record.partition].append(record.timestamp)
            if what == "count":
                self.counted.add((record.key, n))

    async def until(self, what: str, condition: Callable[[], bool], deadline_s: float = DEADLINE_S) -> None:
        ends = time.monotonic() + deadline_s
        while not condition():
            if time.monotonic() > ends:
                raise Trouble(f"not within {deadline_s:.0f} s: {what}; lag {self.lag}\n{self.last_words()}")
            await asyncio.sleep(0.02)

    async def until_speaking(self, *names: str) -> None:
        """These workers have said something since now, in the lives they are in by then: one that was paused
        may still end."""
        self.spoke_at.clear()
        await self.until(
            f"{', '.join(names)} speak", lambda: {self._life(name) for name in names} <= self.spoke_at.keys()
        )

    def hush(self) -> None:
        self._is_hushed.set()

    async def until_all_is_said(self) -> None:
        """Nothing lags, all silences are over, and quarantine is complete."""
        await self.until("no lag", lambda: self.lag <= 0, 2 * DEADLINE_S)
        # To judge hours takes a minute, and nobody listens meanwhile: so not while anything comes.
        await self.until("all is said", lambda: self._is_quiet and not self._missing(), 5 * DEADLINE_S)

    @property
    def _is_quiet(self) -> bool:
        return time.monotonic() - self._taken_s > QUIET_SECONDS

    def _missing(self) -> bool:
        verdict = self.verdict()
        return verdict.lost > 0 or verdict.poison_quarantined < verdict.poison_in

    def verdict(self) -> Verdict:
        return judge(tell(f"{self.run}-in", self.heard, SILENCE_MS), self.said, self.quarantined)

    def last_words(self) -> str:
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"{log.name}: {log.read_text(errors='replace')[-1500:]}" for log in logs)

    def stop_workers(self, is_killed: bool = False) -> None:
        for name, worker in self.workers.items():
            self.away.add(name)
            worker.kill() if is_killed else worker.terminate()
        for worker in self.workers.values():
            try:
                worker.wait(30.0)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()


@asynccontextmanager
async def hall(place: Hall, replicas: int = 1) -> AsyncIterator[Hall]:
    """Makes the topics, starts the workers and the traffic; leaves no process behind."""
    make_topics(place, replicas)
    await place.open()
    going_on = asyncio.create_task(place.go_on())
    try:
        for name in place.names:
            place.start(name)
        yield place
    finally:
        going_on.cancel()
        await asyncio.gather(going_on, return_exceptions=True)
        place.stop_workers(is_killed=True)
        await place.close()


def make_topics(place: Hall, replicas: int) -> None:
    configs = {"message.timestamp.type": "LogAppendTime"}
    if replicas > 1:
        configs["min.insync.replicas"] = "2"
    admin = KafkaAdminClient(bootstrap_servers=place.bootstrap)
    counts = {"in": place.partitions, "out": place.partitions, "wakes": place.partitions, "quarantine": 1}
    wanted = {
        f"{place.run}-{name}": {"num_partitions": count, "replication_factor": replicas, "configs": configs}
        for name, count in counts.items()
    }  # fmt: skip
    changelog = {**configs, **COMPACTED}
    wanted[f"{place.run}-changelog"] = {
        "num_partitions": place.partitions, "replication_factor": replicas, "configs": changelog,
    }  # fmt: skip
    admin.create_topics(wanted, wait_for_metadata=True)
    admin.close()
