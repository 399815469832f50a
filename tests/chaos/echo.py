"""The job of the chaos tests on the stream runtime, as a worker program."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import faust
import msgspec
import orjson
import uvloop
from msgspec import Struct

from services.logs import configure_logs
from services.stream.app import StreamApp
from services.stream.options import WorkerSettings
from services.stream.position import Record
from services.stream.stage import Partition
from services.stream.wakes import Wake

SESSION_S = 6.0
#: So little that a surge has to wait for room.
ROOM_BYTES = 64 << 10
DEPTH_MAX = 8


class State(Struct, array_like=True):
    n: int = 0
    chain: int = 0
    last_ms: int = 0
    said: bool = True


_state = msgspec.msgpack.Decoder(State)


class Echo:
    """Says each event's count, and each silence that was long enough; what is no event is quarantined.

    `life`: which worker says so, and which start of it.
    """

    name = "echo"

    def __init__(self, run: str, silence_ms: int, life: str) -> None:
        self.inputs: tuple[str, ...] = (f"{run}-in",)
        self.wakes, self.changelog = f"{run}-wakes", f"{run}-changelog"
        self._out, self._quarantine = f"{run}-out", f"{run}-quarantine"
        self._silence_ms, self._life = silence_ms, life

    def start(self, partition: Partition) -> None: ...

    def beat(self, partition: Partition, clock_ms: int) -> None: ...

    def fold(self, partition: Partition, records: Sequence[Record], wakes: Sequence[Wake]) -> None:
        states: dict[bytes, State] = {}
        for record in records:
            if not is_event(record.value or b""):
                name = f"{record.topic}-{record.partition}-{record.offset}"
                partition.send(self._quarantine, 0, name.encode(), record.value or b"")
                continue
            word = record.key or b""
            state = self._state(partition, states, word)
            self._listen(partition, word, state, record.timestamp)
            state.n, state.chain = state.n + 1, crc32(record.value or b"", state.chain)
            state.last_ms, state.said = record.timestamp, False
            self._send(partition, word, "count", state)
        for wake in wakes:
            for word in wake.keys:
                self._listen(partition, word, self._state(partition, states, word), wake.clock_us // 1000)
        for word, state in states.items():
            due_us = None if state.said else (state.last_ms + self._silence_ms) * 1000
            partition.put(word, msgspec.msgpack.encode(state), due_us)

    def _state(self, partition: Partition, states: dict[bytes, State], word: bytes) -> State:
        if word not in states:
            body = partition.get(word)
            states[word] = State() if body is None else _state.decode(body)
        return states[word]

    def _listen(self, partition: Partition, word: bytes, state: State, now_ms: int) -> None:
        if not state.said and now_ms - state.last_ms > self._silence_ms:
            state.said = True
            self._send(partition, word, "silent", state)

    def _send(self, partition: Partition, word: bytes, what: str, state: State) -> None:
        said = (what, state.n, state.chain, state.last_ms, self._life)
        partition.send(self._out, partition.number, word, msgspec.json.encode(said))


def is_event(value: bytes) -> bool:
    try:
        event = orjson.loads(value)
    except orjson.JSONDecodeError:
        return False
    if type(event) is not dict or type(event.get("id")) is not str:
        return False
    return type(event.get("n")) is int and depth(event) <= DEPTH_MAX


def depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


def main(
    run: str,
    silence_ms: str,
    worker: str,
    life: str,
    brokers: str,
    partitions: str,
    data_dir: str,
    standbys: str,
) -> None:
    settings = WorkerSettings(
        group=run, instance=worker, brokers=brokers, partitions=int(partitions),
        data_dir=Path(data_dir), session_timeout_s=SESSION_S,
        room_bytes=ROOM_BYTES, standbys=int(standbys),
    )  # fmt: skip
    configure_logs("INFO", worker)
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    app = StreamApp(settings, [Echo(run, int(silence_ms), life)])
    sys.argv[1:] = []
    faust.Worker(app, loglevel="WARNING", quiet=True, redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    main(*sys.argv[1:])
