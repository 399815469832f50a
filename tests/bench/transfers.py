"""The bench's job on our runtime: fold each customer's events, alert on the third transfer."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import faust
import msgspec
import uvloop
from msgspec import Struct

from services.logs import configure_logs
from services.stream.app import StreamApp
from services.stream.health import serve_health
from services.stream.options import WorkerSettings
from services.stream.position import Record
from services.stream.stage import Partition
from services.stream.wakes import Wake

MINUTE_US = 60_000_000
#: Long: it is made to stand still while a burst is written.
SESSION_SECONDS = 30.0


class Event(Struct):
    """What the job reads of an event; the rest is skipped."""

    customer: str
    type: str
    n: int


class Customer(Struct, array_like=True, gc=False):
    events: int = 0
    transfers: int = 0
    chain: int = 0


#: Three numbers: it hardly grows.
CUSTOMER_BYTES = 16

_event = msgspec.json.Decoder(Event)
_customer = msgspec.msgpack.Decoder(Customer)
_encode = msgspec.msgpack.Encoder().encode


class Transfers:
    """`idle_minutes`: each event sets a timer that fires when its customer was silent for so long."""

    name = "transfers"

    def __init__(self, run: str, topic: str, idle_minutes: int = 0) -> None:
        self.inputs: tuple[str, ...] = (topic,)
        self.wakes, self.changelog, self._alerts = f"{run}-wakes", f"{run}-changelog", f"{run}-alerts"
        self._idle_us = idle_minutes * MINUTE_US

    def start(self, partition: Partition) -> None: ...

    def beat(self, partition: Partition, clock_ms: int) -> None: ...

    def fold(self, partition: Partition, records: Sequence[Record], wakes: Sequence[Wake]) -> None:
        touched: dict[bytes, Customer] = {}
        for record in records:
            key = record.key or b""
            state = touched.get(key)
            if state is None:
                state = touched[key] = self._load(partition, key)
            event = _event.decode(record.value or b"")
            state.events += 1
            state.chain = (state.chain * 31 + event.n) & 0xFFFFFFFF
            if event.type == "call.transferred":
                state.transfers += 1
                if state.transfers == 3:
                    state.transfers = 0
                    partition.send(self._alerts, partition.number, key, b'{"n":%d}' % event.n)
        due_us = partition.now_ms * 1000 + self._idle_us if self._idle_us else None
        for key, state in touched.items():
            partition.put(key, _encode(state), due_us)

    def _load(self, partition: Partition, key: bytes) -> Customer:
        state: Customer | None = partition.cache.get(key)
        if state is None:
            body = partition.get(key)
            state = Customer() if body is None else _customer.decode(body)
            partition.cache.put(key, state, CUSTOMER_BYTES)
        return state


def main(
    brokers: str, run: str, topic: str, partitions: str, data_dir: str, worker: str, port: str, idle: str
) -> None:
    settings = WorkerSettings(
        group=run, instance=worker, brokers=brokers, partitions=int(partitions), data_dir=Path(data_dir),
        session_timeout_s=SESSION_SECONDS,
    )  # fmt: skip
    configure_logs("INFO", worker)
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    app = StreamApp(settings, [Transfers(run, topic, int(idle))])
    serve_health("127.0.0.1", int(port), lambda: app.is_ready)
    sys.argv[1:] = []
    faust.Worker(app, loglevel="WARNING", quiet=True, redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    main(*sys.argv[1:])
