"""The bench's job as a bare confluent-kafka loop: what the client itself costs, without any runtime.

`plain` is the documented loop: `poll`, fold, `produce`, and once a second a flush and a commit; at least
once. State is a dictionary, filled from the changelog before the loop. Tuned: orjson, lz4, an idempotent
producer with a short linger and a large batch, large fetches. No local store, no rebalancing, no timers,
no fence. `coalescing` is the same tuned by hand for speed alone: messages taken by thousands, typed
decoding, and each touched customer written once for them.
"""

import signal
import sys
import time
from collections.abc import Iterable
from typing import Any

import msgspec
import orjson
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from msgspec import Struct

BATCH = 4000
COMMIT_SECONDS = 1.0
State = tuple[int, int, int]


class Event(Struct):
    """What the job reads of an event."""

    type: str
    n: int


_event = msgspec.json.Decoder(Event)


class Loop:
    """Reads a topic, keeps the state of each customer, writes its changelog and alerts."""

    def __init__(self, brokers: str, run: str, topic: str) -> None:
        self._changelog, self._alerts = f"{run}-changelog", f"{run}-alerts"
        self._brokers, self._run, self._topic = brokers, run, topic
        self._states: dict[bytes, State] = {}
        self._is_stopped = False
        signal.signal(signal.SIGTERM, self._stop)
        self._producer = Producer(
            {
                "bootstrap.servers": brokers,
                "acks": "all",
                "enable.idempotence": True,
                "compression.type": "lz4",
                "linger.ms": 20,
                "batch.size": 900_000,
                "queue.buffering.max.messages": 1_000_000,
            }
        )
        self._consumer = self._make_consumer(run)

    def _make_consumer(self, group: str) -> Consumer:
        return Consumer(
            {
                "bootstrap.servers": self._brokers,
                "group.id": group,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "fetch.message.max.bytes": 4 << 20,
                "queued.max.messages.kbytes": 256 << 10,
            }
        )

    def _stop(self, *_: object) -> None:
        self._is_stopped = True

    def restore(self) -> None:
        reader = self._make_consumer(f"{self._run}-restore")
        partitions = reader.list_topics(self._changelog).topics[self._changelog].partitions
        left = {}
        for number in partitions:
            low, high = reader.get_watermark_offsets(TopicPartition(self._changelog, number))
            if high > low:
                left[number] = high
        reader.assign([TopicPartition(self._changelog, number, 0) for number in left])
        while left:
            for message in reader.consume(BATCH, 1.0):
                self._states[message.key()] = tuple(orjson.loads(message.value()))
                if message.offset() + 1 >= left.get(message.partition(), sys.maxsize):
                    left.pop(message.partition(), None)
        reader.close()

    def run(self, is_coalescing: bool) -> None:
        self._consumer.subscribe([self._topic])
        committed = time.monotonic()
        while not self._is_stopped:
            if is_coalescing:
                self._fold_together(self._consumer.consume(BATCH, 0.1))
            elif (message := self._consumer.poll(0.1)) is not None:
                self._fold(message)
            if time.monotonic() - committed >= COMMIT_SECONDS:
                self._commit()
                committed = time.monotonic()
        self._commit()
        self._consumer.close()

    def _commit(self) -> None:
        """First all writes, then the offsets they come from."""
        if self._producer.flush(30):
            raise SystemExit("the broker does not take what was written")
        try:
            self._consumer.commit(asynchronous=False)
        except KafkaException as error:
            if error.args[0].code() != KafkaError._NO_OFFSET:
                raise

    def _fold(self, message: Any) -> None:
        if message.error():
            raise KafkaException(message.error())
        event = orjson.loads(message.value())
        key, number = message.key(), message.partition()
        self._states[key] = state = self._next(key, number, event["type"], event["n"])
        self._write(key, state, number)
        self._producer.poll(0)

    def _fold_together(self, messages: Iterable[Any]) -> None:
        touched: dict[bytes, int] = {}
        for message in messages:
            if message.error():
                raise KafkaException(message.error())
            event = _event.decode(message.value())
            key, number = message.key(), message.partition()
            self._states[key] = self._next(key, number, event.type, event.n)
            touched[key] = number
        for key, number in touched.items():
            self._write(key, self._states[key], number)
        self._producer.poll(0)

    def _next(self, key: bytes, number: int, kind: str, n: int) -> State:
        events, transfers, chain = self._states.get(key, (0, 0, 0))
        if kind == "call.transferred":
            transfers += 1
            if transfers == 3:
                transfers = 0
                self._producer.produce(self._alerts, b'{"n":%d}' % n, key, number)
        return events + 1, transfers, (chain * 31 + n) & 0xFFFFFFFF

    def _write(self, key: bytes, state: State, number: int) -> None:
        while True:
            try:
                self._producer.produce(self._changelog, orjson.dumps(state), key, number)
                return
            except BufferError:
                self._producer.poll(0.05)


if __name__ == "__main__":
    brokers, run, topic, how = sys.argv[1:]
    loop = Loop(brokers, run, topic)
    loop.restore()
    loop.run(is_coalescing=how == "coalescing")
