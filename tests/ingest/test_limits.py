"""Limits before work: what is too large, too slow or too many is refused, and others are served meanwhile."""

import gzip
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import httpx2
import orjson
import pytest
import zstandard

from services.ingest.core.problems import BODY_BYTES_MAX, Refusal
from services.ingest.core.unpacking import RATIO_MAX, SMALL_BYTES, unpack
from services.ingest.room import REQUESTS_MAX, Room
from services.ingest.server import HEAD_SECONDS
from tests.ingest.doors import door, event
from tests.ingest.processes import Process, serving

Pack = Callable[[bytes], bytes]


def _bare(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


PACKERS: dict[str, tuple[str, Pack]] = {
    "gzip": ("gzip", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "deflate without its head": ("deflate", _bare),
    "zstd": ("zstd", zstandard.compress),
}


@pytest.mark.usefixtures("kafka")
@pytest.mark.parametrize("name", PACKERS)
async def test_it_unpacks(name: str) -> None:
    encoding, pack = PACKERS[name]
    headers = {"content-type": "application/json", "content-encoding": encoding}
    body = orjson.dumps([event(), event(id="2")])
    async with door() as knocker:
        answer = await knocker.http.post("/v1/events", content=pack(body), headers=headers)
        assert (answer.status_code, answer.json()["accepted"]) == (202, 2), answer.text
        answer = await knocker.http.post("/v1/events", content=pack(body)[:-9], headers=headers)
        assert answer.status_code == 400
        bomb = await knocker.http.post("/v1/events", content=pack(b" " * 10_000_000), headers=headers)
        assert (bomb.status_code, bomb.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_several_compressed_bodies_in_one_are_one(name: str) -> None:
    encoding, pack = PACKERS[name]
    parts = [pack(b"[1,"), pack(b"2"), pack(b"]")]
    assert unpack(encoding, b"".join(parts)) == b"[1,2]"
    assert unpack("gzip", gzip.compress(b"{}") + b"\0" * 9) == b"{}"
    for broken in (*parts[:2], parts[2][:-1]), (*parts, b"garbage"), [pack(b"")] * 101:
        with pytest.raises(Refusal, match=f"the body is no {encoding}"):
            unpack(encoding, b"".join(broken))
    with pytest.raises(Refusal, match="unpacks to over"):
        unpack(encoding, pack(b" " * SMALL_BYTES) + pack(b" "))


def test_what_follows_a_compressed_body_is_not_left_out() -> None:
    with pytest.raises(Refusal, match="something follows"):
        unpack("deflate", zlib.compress(b"[]") + b"x")


@pytest.mark.parametrize("name", PACKERS)
def test_it_unpacks_no_further_than_it_must(name: str) -> None:
    encoding, pack = PACKERS[name]
    assert len(unpack(encoding, pack(b" " * SMALL_BYTES))) == SMALL_BYTES
    packed = pack(b" " * (BODY_BYTES_MAX - 1))
    assert len(packed) * RATIO_MAX < BODY_BYTES_MAX, "it would be no test"
    with pytest.raises(Refusal, match="unpacks to over"):
        unpack(encoding, packed)


def test_there_is_so_much_room_and_no_more() -> None:
    room = Room(requests_max=2, bytes_max=10)
    with room, room:
        with pytest.raises(Refusal, match="2 requests"), room:
            pass
        room.take(8)
        with pytest.raises(Refusal, match="8 bytes"):
            room.take(3)
        room.give_back(8)
        room.take(10)
    with room:
        room.take(0)


@pytest.fixture(scope="module")
def process(kafka: str) -> Iterator[Process]:
    with serving(kafka) as process:
        yield process


def _connected(process: Process, held: ExitStack) -> socket.socket:
    return held.enter_context(closing(socket.create_connection(("127.0.0.1", process.port), 10)))


def _is_served(process: Process) -> None:
    for number in range(5):
        started = time.monotonic()
        answer = httpx2.post(f"{process.url}/v1/events", json=event(id=f"served-{number}"), timeout=5)
        assert (answer.status_code, time.monotonic() - started < 5) == (202, True), answer.text


def test_idle_connections_leave_it_answering_and_are_closed(
    process: Process, request: pytest.FixtureRequest
) -> None:
    wanted = 10_000 if request.config.getoption("--full") else 1_000
    before = process.memory_mib
    with ExitStack() as held:
        idle = [_connected(process, held) for _ in range(wanted)]
        _is_served(process)
        assert process.memory_mib - before < 50 + wanted * 0.03
        idle[-1].settimeout(2 * HEAD_SECONDS)
        assert idle[-1].recv(1) == b"", "it is closed"


def test_slow_heads_and_slow_bodies_leave_it_answering(process: Process) -> None:
    with ExitStack() as held:
        slow = [_connected(process, held) for _ in range(2 * REQUESTS_MAX + 100)]
        for number, each in enumerate(slow):
            each.sendall(b"POST /v1/events HTTP/1.1\r\nHost: x\r\n")
            if number % 2:
                each.sendall(b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
        started = time.monotonic()
        while time.monotonic() - started < HEAD_SECONDS + 1:
            # A byte now and then does not make a head any younger.
            for each in slow[::2]:
                try:
                    each.sendall(b"X")
                except OSError:
                    assert time.monotonic() - started > HEAD_SECONDS - 1
            _is_served(process)
        slow[0].settimeout(5)
        assert slow[0].recv(100) == b"", "it is closed"


def test_a_thousand_bombs_leave_it_answering_and_small(process: Process) -> None:
    bomb = gzip.compress(b"[" * 100_000_000)
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    before = process.memory_mib
    with httpx2.Client(base_url=process.url, headers=headers) as client:
        for number in range(1000):
            assert client.post("/v1/events", content=bomb).status_code == 413
            if number % 200 == 0:
                _is_served(process)
    assert process.memory_mib - before < 50
