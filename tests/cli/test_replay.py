"""Sending in order, shuffling in windows, insisting while the door is closed."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.replay import Door, ReplayError, Sent, send_all, shuffled
from tests.oracle.build import event

EVENTS = [event("call.queued", seconds, f"c{seconds}") for seconds in range(0, 50_000, 50)]


@given(st.integers(0, 100))
def test_it_shuffles_within_windows_and_loses_nothing(seed: int) -> None:
    order = [one["subject"] for one in shuffled(EVENTS, 3600, seed)]
    assert sorted(order) == sorted(one["subject"] for one in EVENTS)
    for place, subject in enumerate(order):
        assert abs(place * 50 - int(subject[1:])) <= 3600
    assert order == [one["subject"] for one in shuffled(EVENTS, 3600, seed)]


class FakeDoor(BaseHTTPRequestHandler):
    """Says 503 twice, then accepts; refuses what is named bad."""

    closed = 2
    seen: list[Any]
    sizes: list[int]

    def do_POST(self) -> None:
        cls = type(self)
        cls.sizes.append(size := int(self.headers["Content-Length"]))
        body = orjson.loads(self.rfile.read(size))
        status = 503 if cls.closed else 401 if body[0]["id"] == "bad" else 202
        cls.closed = max(0, cls.closed - 1)
        if status == 202:
            cls.seen += body
        answer = orjson.dumps({"accepted": len(body), "duplicate": 0, "quarantined": []})
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def door_url() -> Any:
    FakeDoor.closed, FakeDoor.seen, FakeDoor.sizes = 2, [], []
    with ThreadingHTTPServer(("127.0.0.1", 0), FakeDoor) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_it_sends_all_in_order_and_tries_again_while_the_door_is_closed(door_url: str) -> None:
    said: list[str] = []
    with Door(door_url, "", said.append) as door:
        sent = send_all(door, EVENTS, "r1", None, lambda _: None)
    assert sent == Sent(accepted=len(EVENTS))
    assert [one["id"] for one in FakeDoor.seen] == [one["id"] for one in EVENTS]
    assert {one["replay"] for one in FakeDoor.seen} == {"r1"}
    assert "503" in said[0]


def test_a_request_is_as_large_as_the_door_takes(door_url: str) -> None:
    """Transcripts may be of 200 KB each."""
    FakeDoor.closed, large = 0, [event("call.transcribed", n, text="x" * 200_000) for n in range(40)]
    with Door(door_url, "", print) as door:
        assert send_all(door, [*large, *EVENTS], "r1", None, lambda _: None).accepted == 40 + len(EVENTS)
    assert [one["id"] for one in FakeDoor.seen] == [one["id"] for one in [*large, *EVENTS]]
    assert max(FakeDoor.sizes) < 1024 * 1024


def test_it_gives_up_at_once_on_what_can_never_succeed(door_url: str) -> None:
    FakeDoor.closed = 0
    with Door(door_url, "", print) as door, pytest.raises(ReplayError, match="refused: 401"):
        send_all(door, [{"id": "bad"}], "r1", None, lambda _: None)
