"""A client that costs little: raw HTTP over kept connections. `python -m tests.bench.ingest.load …`.

Prints one JSON object: requests answered 202, others, seconds, and latencies in ms.
"""

import asyncio
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from typing import cast
from uuid import uuid4

import orjson
import uvloop

BODIES = 64


def event() -> dict[str, object]:
    """As a platform sends it: about 300 bytes."""
    caller = uuid4().int
    return {
        "specversion": "1.0",
        "id": uuid4().hex,
        "source": "//acme/pbx",
        "type": "call.queued",
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "subject": f"call-{caller % 100_000}",
        "sequence": "17",
        "data": {
            "queue": "billing",
            "identifiers": {"phone": f"+1415555{caller % 10_000:04d}", "customer_id": f"c{caller % 10_000}"},
            "language": "en",
            "market": "us",
        },
    }


def requests(port: int, events: int) -> list[bytes]:
    """Whole requests; one event stands alone."""
    found = []
    for _ in range(BODIES):
        body = orjson.dumps(event() if events == 1 else [event() for _ in range(events)])
        head = (
            f"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        found.append(head.encode() + body)
    return found


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self.answered: asyncio.Future[int] | None = None
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is none of asyncio's classes.
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, end, body = self._data.partition(b"\r\n\r\n")
        if end and len(body) >= int(head.lower().partition(b"content-length:")[2].split(None, 1)[0]):
            assert self.answered is not None
            self.answered.set_result(int(head[9:12]))
            self._data = b""

    async def ask(self, request: bytes) -> int:
        self.answered = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self.answered


async def press(port: int, events: int, connections: int, seconds: float, rate: float) -> dict[str, object]:
    """`rate`: requests a second, sent when they are due whatever the answers; 0: as fast as they come."""
    loop, bodies = asyncio.get_running_loop(), requests(port, events)
    clients = [(await loop.create_connection(Client, "127.0.0.1", port))[1] for _ in range(connections)]
    status, latencies, started = Counter[int](), list[float](), time.perf_counter()
    turns = iter(range(1_000_000_000))

    async def work(client: Client) -> None:
        while True:
            turn = next(turns)
            due = started + turn / rate if rate else time.perf_counter()
            if due > started + seconds:
                return
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            status[await client.ask(bodies[turn % BODIES])] += 1
            latencies.append(time.perf_counter() - due)

    await asyncio.gather(*(work(client) for client in clients))
    took = time.perf_counter() - started
    ordered = sorted(latencies)
    accepted = status.pop(202, 0)
    return {
        "accepted": accepted,
        "others": sum(status.values()),
        "seconds": took,
        **{f"p{part}_ms": 1000 * ordered[int(len(ordered) * part / 100)] for part in (50, 99)},
    }


if __name__ == "__main__":
    port, events, connections = (int(word) for word in sys.argv[1:4])
    print(orjson.dumps(uvloop.run(press(port, events, connections, *map(float, sys.argv[4:6])))).decode())
