"""Tells the replay topic when all that a run led to is projected, however often we were killed before."""

from collections.abc import Collection
from typing import Any

import msgspec
import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from sqlalchemy import Engine

from schemas.replays import RunReport
from schemas.topics import RUNS
from services.kafka import connection as kafka_connection
from services.live.core.batch import Batch
from services.live.core.names import label
from services.live.core.runs import is_built
from services.live.store import writes
from services.settings import Settings

log = structlog.get_logger()


class Runs:
    """The runs that the builder is through with and that we have not reported.

    The builder reports a part done when all its outputs are durable. So what the topics hold once
    every part is done includes all effects of the run; projected up to there, we are done too.
    """

    def __init__(
        self, settings: Settings, engine: Engine, consumer: Any, partitions: list[TopicPartition], name: str
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._consumer = consumer
        self._partitions = partitions
        self._part = f"live/{name}"
        self._reported: set[str] = set()
        self._reopened: set[str] = set()
        #: The end offsets to come to, by run.
        self._targets: dict[str, dict[TopicPartition, int]] = {}

    async def find(self, moved: Collection[str] = ()) -> None:
        """Looks for runs that are built, in what is projected of the topic.

        `moved`: labels of those that have new events.
        """
        with self._engine.connect() as connection:
            parts = writes.done_parts(connection)
        built = {run for run, done in parts.items() if is_built(done, self._settings.partitions)}
        told = {run for run, done in parts.items() if self._part in done}
        # Of one that goes on after its end not all was projected.
        self._reopened |= (told - built) | {run for run in told | self._reported if label(run) in moved}
        self._targets = {run: ends for run, ends in self._targets.items() if run in built}
        for run in built - told - self._reported - self._targets.keys():
            self._targets[run] = await self._consumer.end_offsets(self._partitions)

    async def heard(self, batch: Batch) -> None:
        if batch.reports or batch.replayed:
            await self.find(batch.replayed)

    async def report(self) -> None:
        """Reports the runs that are projected: to be called with every fetched record committed."""
        for run in self._reopened:
            await self._send(run, done=False)
            self._reported.discard(run)
        self._reopened = set()
        for run in [run for run, targets in self._targets.items() if await self._is_reached(targets)]:
            await self._send(run, done=True)
            self._reported.add(run)
            del self._targets[run]

    async def _is_reached(self, targets: dict[TopicPartition, int]) -> bool:
        for place, end in targets.items():
            if await self._consumer.position(place) < end:
                return False
        return True

    async def _send(self, run: str, done: bool) -> None:
        with self._engine.connect() as connection:
            events = writes.events_of_run(connection, run)
        report = RunReport(run=run, part=self._part, events=events, done=done)
        async with AIOKafkaProducer(acks="all", **kafka_connection(self._settings.kafka)) as producer:
            key = f"{run}/{self._part}".encode()
            await producer.send_and_wait(RUNS.name, msgspec.json.encode(report), key=key)
        log.info("run_projected" if done else "run_reopened", run=run, events=events)
