"""The bench's job on Faust as its tutorial shows it: a record type, a table, an agent, one event at a time.

Tuned as its user guide advises: RocksDB store, Cython extensions, larger buffers, uvloop.
"""

import asyncio
import sys
from typing import Any

import faust
import uvloop


class Event(faust.Record, serializer="json"):
    customer: str
    type: str
    n: int


class State(faust.Record, serializer="json"):
    events: int = 0
    transfers: int = 0
    chain: int = 0


class Alert(faust.Record, serializer="json"):
    n: int


def make_app(
    brokers: str, run: str, topic: str, alerts_topic: str, partitions: int, data_dir: str
) -> faust.App:
    app = faust.App(
        run,
        broker=f"kafka://{brokers}",
        datadir=data_dir,
        store="rocksdb://",
        topic_partitions=partitions,
        topic_replication_factor=1,
        table_standby_replicas=0,
        consumer_auto_offset_reset="earliest",
        broker_max_poll_records=4000,
        stream_buffer_maxsize=16_384,
        broker_commit_interval=1.0,
        producer_compression_type="lz4",
        web_enabled=False,
    )
    events = app.topic(topic, key_type=bytes, key_serializer="raw", value_type=Event)
    alerts = app.topic(alerts_topic, value_type=Alert)
    customers = app.Table("customers", value_type=State, partitions=partitions)

    @app.agent(events)
    async def fold(stream: Any) -> None:
        async for event in stream:
            state = customers.get(event.customer) or State()
            state.events += 1
            state.chain = (state.chain * 31 + event.n) & 0xFFFFFFFF
            if event.type == "call.transferred":
                state.transfers += 1
                if state.transfers == 3:
                    state.transfers = 0
                    await alerts.send(value=Alert(n=event.n))
            customers[event.customer] = state

    return app


if __name__ == "__main__":
    brokers, run, topic, alerts, partitions, data_dir = sys.argv[1:]
    sys.argv[1:] = ["worker", "--without-web", "-l", "warn"]
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    make_app(brokers, run, topic, alerts, int(partitions), data_dir).main()
