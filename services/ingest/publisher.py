"""Writes records to Kafka and returns when all in-sync replicas have them; says so when it cannot.

One idempotent producer, replaced after any failed batch: its next one would leave a gap in the
sequence that the broker refuses for ever.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from msgspec import Struct

from schemas.topics import EVENTS, QUARANTINED, RECORD_BYTES_MAX, REPLAYS, RUNS
from services.ingest.metrics import Metrics
from services.kafka import connection
from services.settings import KafkaSettings, Settings

#: What the door writes or reads: topic -> number of partitions, None for as many as the events have.
TOPICS = {topic.name: topic.partitions for topic in (*EVENTS.values(), QUARANTINED, REPLAYS, RUNS)}

MIB = 1024 * 1024
BATCH_BYTES_MAX = 256 * 1024
LINGER_MS = 2
CONNECT_SECONDS = 15.0
PROBE_SECONDS = 3.0
STOP_SECONDS = 5.0
RETRY_SECONDS = 1.0
RECORD_OVERHEAD_BYTES = 100

log = structlog.get_logger()


class Unavailable(Exception):
    """Kafka cannot take it now; the text says why."""


class Outgoing(Struct, frozen=True):
    topic: str
    partition: int
    key: bytes
    value: bytes


class Publisher:
    """Keeps a producer connected; `run` it beside the requests."""

    def __init__(self, kafka: KafkaSettings, settings: Settings, metrics: Metrics) -> None:
        self._kafka = kafka
        self._partitions = settings.partitions
        self._ack_seconds = settings.ingest_ack_seconds
        self._in_flight_max = settings.ingest_in_flight_mib * MIB
        self._in_flight = 0
        self._metrics = metrics
        self._producer: Any = None
        self._why_not = "not connected to Kafka yet"
        self._broken = asyncio.Event()
        self._settling: set[asyncio.Task[None]] = set()
        #: Set once Kafka was reached and had all topics.
        self.is_connected = asyncio.Event()

    async def run(self) -> None:
        """Connects, and connects again whenever the producer broke, until cancelled."""
        while True:
            producer = AIOKafkaProducer(**connection(self._kafka), **self._options())
            try:
                await self._connect(producer)
                await self._broken.wait()
                self._why_not = "connecting to Kafka again after a failure"
            except (KafkaError, OSError, TimeoutError, Unavailable) as error:
                self._why_not = f"Kafka at {self._kafka.bootstrap_servers}: {_sentence(error)}"
            finally:
                self._producer = None
                await _close(producer)
            log.warning("kafka_unavailable", reason=self._why_not)
            await asyncio.sleep(RETRY_SECONDS)

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Returns when all of them are acknowledged. After `Unavailable` some may be written."""
        producer = self._require_producer()
        size = sum(len(record.value) + len(record.key) + RECORD_OVERHEAD_BYTES for record in records)
        if self._in_flight + size > self._in_flight_max:
            raise Unavailable(f"{self._in_flight} bytes already wait for Kafka")
        self._count(size)
        futures: list[asyncio.Future[Any]] = []
        try:
            await self._send(producer, records, futures)
        finally:
            self._settle(futures, size)

    def check_connected(self) -> None:
        self._require_producer()

    async def check(self) -> None:
        """Whether Kafka answers now and has all topics."""
        producer = self._require_producer()
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await self._check_topics(producer)
        except (KafkaError, OSError, TimeoutError) as error:
            raise Unavailable(f"Kafka at {self._kafka.bootstrap_servers}: {_sentence(error)}") from None

    async def _send(
        self, producer: Any, records: Iterable[Outgoing], futures: list[asyncio.Future[Any]]
    ) -> None:
        try:
            async with asyncio.timeout(self._ack_seconds):
                for record in records:
                    futures.append(
                        await producer.send(record.topic, record.value, record.key, record.partition)
                    )
                if futures:
                    await asyncio.wait(futures)
        except TimeoutError:
            raise Unavailable(f"not acknowledged by all replicas within {self._ack_seconds:g} s") from None
        except KafkaError as error:
            raise self._failed(error) from None
        for future in futures:
            if failure := future.exception():
                raise self._failed(failure)

    def _failed(self, error: BaseException) -> Unavailable:
        self._broken.set()
        return Unavailable(f"Kafka refused the records: {_sentence(error)}")

    def _settle(self, futures: list[asyncio.Future[Any]], size: int) -> None:
        """Frees the room of records once nobody holds them: an idempotent producer never gives up."""
        pending = [future for future in futures if not future.done()]
        for future in futures:
            if future.done() and not future.cancelled():
                future.exception()
        if not pending:
            self._count(-size)
            return
        task = asyncio.create_task(self._settle_later(pending, size))
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def _settle_later(self, pending: list[asyncio.Future[Any]], size: int) -> None:
        try:
            await asyncio.gather(*pending, return_exceptions=True)
        finally:
            self._count(-size)

    def _count(self, size: int) -> None:
        self._in_flight += size
        self._metrics.in_flight_bytes.set(self._in_flight)

    def _require_producer(self) -> Any:
        if self._producer is None:
            raise Unavailable(self._why_not)
        return self._producer

    def _options(self) -> dict[str, Any]:
        return {
            "acks": "all",
            "enable_idempotence": True,
            "compression_type": "lz4",
            "linger_ms": LINGER_MS,
            "max_batch_size": BATCH_BYTES_MAX,
            "max_request_size": RECORD_BYTES_MAX,
            "request_timeout_ms": 10_000,
            "metadata_max_age_ms": 30_000,
        }

    async def _connect(self, producer: Any) -> None:
        async with asyncio.timeout(CONNECT_SECONDS):
            await producer.start()
            await self._check_topics(producer)
        self._broken.clear()
        self._producer = producer
        self.is_connected.set()
        log.info("kafka_connected", bootstrap_servers=self._kafka.bootstrap_servers)

    async def _check_topics(self, producer: Any) -> None:
        cluster = await producer.client.fetch_all_metadata()
        for name, partitions in TOPICS.items():
            found = len(cluster.partitions_for_topic(name) or ())
            if not found:
                raise Unavailable(f"topic {name} is missing: run `journeyline topics create`")
            wanted = partitions or self._partitions
            if found != wanted:
                raise Unavailable(f"topic {name} has {found} partitions, the settings say {wanted}")


async def _close(producer: Any) -> None:
    """Stops it, without waiting for ever for a broker that is gone."""
    with contextlib.suppress(KafkaError, OSError, TimeoutError):
        async with asyncio.timeout(STOP_SECONDS):
            await producer.stop()
    sender = producer._sender.sender_task
    if sender is not None and not sender.done():
        # `stop` waits until all is sent, and does nothing the second time.
        sender.cancel()
        await asyncio.wait([sender], timeout=STOP_SECONDS)
        with contextlib.suppress(KafkaError, OSError):
            await producer.client.close()


def _sentence(error: BaseException) -> str:
    return str(error) or type(error).__name__
