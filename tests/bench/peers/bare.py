"""The bench's job as a bare confluent-kafka loop: what the client itself costs, without any runtime.

Tuned: whole batches of messages at once, typed decoding (msgspec), lz4, an idempotent producer with a
short linger. State is a dictionary, filled from the changelog before the loop. Offsets are committed
once a second, after a flush: at least once. No local store, no rebalancing, no timers, no fence.
"""

import signal
import sys
import time

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from msgspec import Struct

BATCH = 4000
COMMIT_SECONDS = 1.0


class Event(Struct):
    customer: str
    type: str
    n: int


class State(Struct, array_like=True):
    events: int = 0
    transfers: int = 0
    chain: int = 0


_event = msgspec.json.Decoder(Event)
_state = msgspec.msgpack.Decoder(State)
_encode = msgspec.msgpack.Encoder().encode


class Loop:
    """`is_coalescing`: writes each touched customer once a batch, not once an event."""

    def __init__(self, brokers: str, run: str, topic: str, is_coalescing: bool) -> None:
        self._changelog, self._alerts = f"{run}-changelog", f"{run}-alerts"
        self._brokers, self._run, self._topic = brokers, run, topic
        self._is_coalescing = is_coalescing
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
                self._states[message.key()] = _state.decode(message.value())
                if message.offset() + 1 >= left.get(message.partition(), sys.maxsize):
                    left.pop(message.partition(), None)
        reader.close()

    def run(self) -> None:
        self._consumer.subscribe([self._topic])
        committed = time.monotonic()
        while not self._is_stopped:
            self._fold(self._consumer.consume(BATCH, 0.1))
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

    def _fold(self, messages: list) -> None:
        states, produce = self._states, self._producer.produce
        touched = {}
        for message in messages:
            if message.error():
                raise KafkaException(message.error())
            key, number = message.key(), message.partition()
            state = states.get(key)
            if state is None:
                state = states[key] = State()
            event = _event.decode(message.value())
            state.events += 1
            state.chain = (state.chain * 31 + event.n) & 0xFFFFFFFF
            if event.type == "call.transferred":
                state.transfers += 1
                if state.transfers == 3:
                    state.transfers = 0
                    produce(self._alerts, b'{"n":%d}' % event.n, key, number)
            if self._is_coalescing:
                touched[key] = (state, number)
            else:
                self._write(key, state, number)
        for key, (state, number) in touched.items():
            self._write(key, state, number)
        self._producer.poll(0)

    def _write(self, key: bytes, state: State, number: int) -> None:
        while True:
            try:
                return self._producer.produce(self._changelog, _encode(state), key, number)
            except BufferError:
                self._producer.poll(0.05)


if __name__ == "__main__":
    loop = Loop(*sys.argv[1:4], is_coalescing=sys.argv[4] == "coalescing")
    loop.restore()
    loop.run()
