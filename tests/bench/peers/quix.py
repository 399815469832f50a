"""The bench's job on Quix Streams: a stateful `apply` with its RocksDB state and changelog.

Tuned: values decoded by msgspec, with the fields that the job reads; a commit a second; lz4; large fetches.
"""

import sys

import msgspec
from quixstreams import Application, State
from quixstreams.models import BytesDeserializer, BytesSerializer


class Event(msgspec.Struct):
    customer: str
    type: str
    n: int


_event = msgspec.json.Decoder(Event)


def fold(value: bytes, state: State) -> bytes | None:
    """Takes one event; returns the alert that it raises, if any."""
    event = _event.decode(value)
    known = state.get("s") or [0, 0, 0]
    events, transfers, chain = known
    alert = None
    if event.type == "call.transferred":
        transfers += 1
        if transfers == 3:
            transfers = 0
            alert = b'{"n":%d}' % event.n
    state.set("s", [events + 1, transfers, (chain * 31 + event.n) & 0xFFFFFFFF])
    return alert


def main(brokers: str, run: str, topic: str, alerts_topic: str, data_dir: str) -> None:
    app = Application(
        broker_address=brokers,
        consumer_group=run,
        auto_offset_reset="earliest",
        state_dir=data_dir,
        commit_interval=1.0,
        auto_create_topics=True,
        consumer_extra_config={"fetch.message.max.bytes": 4 << 20},
        producer_extra_config={"compression.type": "lz4", "linger.ms": 20, "enable.idempotence": True},
        loglevel="WARNING",
    )
    events = app.topic(topic, key_deserializer=BytesDeserializer(), value_deserializer=BytesDeserializer())
    alerts = app.topic(alerts_topic, key_serializer=BytesSerializer(), value_serializer=BytesSerializer())
    frame = app.dataframe(events)
    frame = frame.apply(fold, stateful=True)
    frame = frame.filter(lambda alert: alert is not None)
    frame.to_topic(alerts)
    app.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
