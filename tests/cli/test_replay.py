"""Sending in order, shuffling in windows, insisting while the door is closed."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli import replay
from services.cli.replay import Door, ReplayError, Sent, send_all, shuffled, wait_until_projected
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
    #: What is answered next of a run's progress; the last one again and again.
    progress: list[Any]
    asked: set[str]
    sizes: list[int]

    def do_POST(self) -> None:
        cls = type(self)
        cls.asked.add(self.path)
        cls.sizes.append(size := int(self.headers["Content-Length"]))
        body = orjson.loads(self.rfile.read(size) or b'[{"id": 0}]')
        status = 503 if cls.closed else 401 if body[0]["id"] == "bad" else 202
        cls.closed = max(0, cls.closed - 1)
        if status == 202:
            cls.seen += body
        answer = orjson.dumps({"accepted": len(body), "duplicate": 0, "quarantined": []})
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_GET(self) -> None:
        cls = type(self)
        cls.asked.add(self.path)
        answer = orjson.dumps(cls.progress.pop(0) if len(cls.progress) > 1 else cls.progress[0])
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def door_url() -> Any:
    FakeDoor.closed, FakeDoor.seen, FakeDoor.sizes, FakeDoor.asked = 2, [], [], set()
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


@pytest.mark.parametrize("time", [None, "soon", 7])
def test_what_has_no_time_cannot_be_shuffled(time: Any) -> None:
    with pytest.raises(ReplayError, match=r"'e7' .* has no `time`"):
        list(shuffled([{"id": "e7", "time": time}], 3600, 1))


def test_a_key_that_fits_into_no_header_ends_it_without_being_told(door_url: str) -> None:
    said: list[str] = []
    with Door(door_url, "words\n", said.append) as door, pytest.raises(ReplayError, match="at all"):
        send_all(door, EVENTS, "r1", None, lambda _: None)
    assert said == []


def test_it_waits_for_as_long_as_something_moves(door_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "POLL_SECONDS", 0.2)
    steps = [*({"state": "folding", "folded": n} for n in range(4)), {"state": "projected", "folded": 4}]
    FakeDoor.closed, FakeDoor.progress = 0, list(steps)
    seen: list[int] = []
    with Door(door_url, "", print) as door:
        wait_until_projected(door, "a/b c", lambda one: seen.append(one["folded"]), timeout_s=0.5)
        assert FakeDoor.asked == {"/v1/replays/a%2Fb%20c/end", "/v1/replays/a%2Fb%20c"}
        FakeDoor.progress = steps[:1]
        with pytest.raises(ReplayError, match="nothing moves"):
            wait_until_projected(door, "a/b c", lambda _: None, timeout_s=0.5)
    assert seen == [0, 1, 2, 3, 4]


def test_it_gives_up_at_once_on_what_can_never_succeed(door_url: str) -> None:
    FakeDoor.closed = 0
    with Door(door_url, "", print) as door, pytest.raises(ReplayError, match="refused: 401"):
        send_all(door, [{"id": "bad"}], "r1", None, lambda _: None)
