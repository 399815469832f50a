"""Writes records to Kafka and returns when all in-sync replicas have them; says so when it cannot.

One idempotent producer, replaced after any failed batch: its next one would leave a gap in the
sequence that the broker refuses for ever.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.topics import EVENTS, QUARANTINED, RECORD_BYTES_MAX, REPLAYS, RUNS
from services.ingest.batches import Batches, Outgoing
from services.ingest.metrics import Metrics
from services.kafka import connection, end_if_cancelled
from services.settings import KafkaSettings, Settings

#: What the door writes or reads: topic -> number of partitions, None for as many as the events have.
TOPICS = {topic.name: topic.partitions for topic in (*EVENTS.values(), QUARANTINED, REPLAYS, RUNS)}

MIB = 1024 * 1024
BATCH_BYTES_MAX = 256 * 1024
CONNECT_SECONDS = 15.0
PROBE_SECONDS = 3.0
STOP_SECONDS = 5.0
RETRY_SECONDS = 1.0

#: To make one a record costs more than to remember them: there are no more than partitions.
_place = cache(TopicPartition)

log = structlog.get_logger()


class Unavailable(Exception):
    """Kafka cannot take it now; the text says why."""


class Publisher:
    """Keeps a producer connected; `run` it beside the requests."""

    def __init__(self, kafka: KafkaSettings, settings: Settings, metrics: Metrics) -> None:
        self._kafka = kafka
        self._partitions = settings.partitions
        self._ack_seconds = settings.ingest_ack_seconds
        self._in_flight_max = settings.ingest_in_flight_mib * MIB
        self._batches: Batches | None = None
        self._why_not = "not connected to Kafka yet"
        self._broken = asyncio.Event()
        # Asked for when it is scraped: to keep a gauge up to date would cost every event.
        metrics.in_flight_bytes.set_function(lambda: self._batches.size if self._batches else 0)
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
                if self._batches is not None:
                    self._batches.close(KafkaError("the connection to Kafka broke"))
                    self._batches = None
                await _close(producer)
                end_if_cancelled()
            log.warning("kafka_unavailable", reason=self._why_not)
            await asyncio.sleep(RETRY_SECONDS)

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Returns when all of them are acknowledged. After `Unavailable` some may be written."""
        batches = self._require()
        size = sum(len(record.value) + len(record.key) for record in records)
        if batches.size + size > self._in_flight_max:
            raise Unavailable(f"{batches.size} bytes already wait for Kafka")
        if batches.is_stuck:
            raise Unavailable(f"Kafka has acknowledged nothing for {self._ack_seconds:g} s")
        if not records:
            return
        now_ms = time.time_ns() // 1_000_000
        waiter = batches.waiter()
        for record in records:
            place = _place(record.topic, record.partition)
            batches.add(place, record, now_ms, waiter)
        try:
            await waiter.future
        except TimeoutError:
            raise Unavailable(f"not acknowledged by all replicas within {self._ack_seconds:g} s") from None
        except (KafkaError, OSError) as error:
            self._broken.set()
            raise Unavailable(f"Kafka refused the records: {_sentence(error)}") from None

    def check_connected(self) -> None:
        self._require()

    async def check(self) -> None:
        """Whether Kafka answers now and has all topics."""
        producer = self._require().producer
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await self._check_topics(producer)
        except (KafkaError, OSError, TimeoutError) as error:
            raise Unavailable(f"Kafka at {self._kafka.bootstrap_servers}: {_sentence(error)}") from None

    def _require(self) -> Batches:
        if self._batches is None:
            raise Unavailable(self._why_not)
        return self._batches

    def _options(self) -> dict[str, Any]:
        return {
            "acks": "all",
            "enable_idempotence": True,
            # Half of what the others save, at a fifth of their cost.
            "compression_type": "snappy",
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
        self._batches = Batches(producer, self._ack_seconds)
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
