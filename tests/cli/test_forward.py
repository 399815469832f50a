"""`journeyline forward`: nothing is skipped, whatever ends or moves meanwhile."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.following import BATCH_BYTES_MAX, Follower
from services.cli.forward import ForwardError, Post, about_calls, forward
from services.cli.main import app
from services.cli.manager import ALONE, BESIDE_QUEUE_LOG, Login, ManagerError, Spool, events


class Door:
    """Takes what is posted, and answers what it is told to."""

    def __init__(self) -> None:
        self.codes: list[int] = []
        self.got: list[tuple[str, str]] = []
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["content-length"])).decode()
                code = door.codes.pop(0) if door.codes else 200
                if code == 200:
                    door.got.append((self.headers.get("authorization", ""), text))
                self.send_response(code)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1/hooks/asterisk"

    @property
    def lines(self) -> list[str]:
        return [line for _, text in self.got for line in text.splitlines()]


@pytest.fixture
def door() -> Iterator[Door]:
    running = Door()
    thread = threading.Thread(target=running.server.serve_forever, daemon=True)
    thread.start()
    yield running
    running.server.shutdown()
    running.server.server_close()
    thread.join()


def line(number: int, call: str = "1795255200.7") -> str:
    return f"{1795255200 + number}|{call}|q|NONE|ABANDON|1|1|{number}"


def write(path: Path, *lines: str, end: str = "\n") -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + end)


def follower(folder: Path, state: str = "position") -> Follower:
    return Follower(folder / "queue_log", folder / state)


def deliver(
    folder: Path, door: Door, said: list[str] | None = None, following: Follower | None = None
) -> None:
    following = following or follower(folder)
    with contextlib.closing(Post(door.url, "s3cret", (said if said is not None else []).append)) as post:
        while forward(following, post, about_calls):
            pass


def test_it_delivers_each_line_once_and_goes_on_after_a_restart(tmp_path: Path, door: Door) -> None:
    write(tmp_path / "queue_log", line(1), line(2, "NONE"), line(3))
    deliver(tmp_path, door)
    write(tmp_path / "queue_log", line(4))
    deliver(tmp_path, door)
    assert door.lines == [line(1), line(3), line(4)]
    assert door.got[0][0] == "Bearer s3cret"


def test_it_waits_for_the_end_of_a_line(tmp_path: Path, door: Door) -> None:
    write(tmp_path / "queue_log", line(1), line(2)[:9], end="")
    deliver(tmp_path, door)
    assert door.lines == [line(1)]
    write(tmp_path / "queue_log", line(2)[9:])
    deliver(tmp_path, door)
    assert door.lines == [line(1), line(2)]


@pytest.mark.parametrize("code", [401, 429, 503])
def test_it_tries_again_until_the_door_has_it(
    tmp_path: Path, door: Door, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.cli.forward.RETRY_SECONDS_MAX", 0.01)
    said: list[str] = []
    door.codes = [code]
    write(tmp_path / "queue_log", line(1))
    deliver(tmp_path, door, said)
    assert (door.lines, len(said)) == ([line(1)], 1)
    assert str(code) in said[0]


def test_what_the_door_will_never_take_ends_it_with_all_still_there(tmp_path: Path, door: Door) -> None:
    door.codes = [422]
    write(tmp_path / "queue_log", line(1))
    with pytest.raises(ForwardError, match="422"):
        deliver(tmp_path, door)
    deliver(tmp_path, door)
    assert door.lines == [line(1)]


def test_a_crash_after_delivery_delivers_again(tmp_path: Path) -> None:
    write(tmp_path / "queue_log", line(1))
    first, second = follower(tmp_path).read(), follower(tmp_path).read()
    assert first == second is not None


def test_it_reads_renamed_files_to_their_end_one_after_the_other(tmp_path: Path, door: Door) -> None:
    log = tmp_path / "queue_log"
    write(log, line(1))
    deliver(tmp_path, door)
    write(log, line(2))
    log.rename(tmp_path / "queue_log.1")
    write(log, line(3))
    log.rename(tmp_path / "queue_log.0")
    write(log, line(4))
    deliver(tmp_path, door)
    assert door.lines == [line(1), line(2), line(3), line(4)]


def test_copies_of_the_file_and_the_state_beside_it_are_not_sent(tmp_path: Path, door: Door) -> None:
    log = tmp_path / "queue_log"
    for number in range(3):
        write(log, line(number))
        deliver(tmp_path, door, following=follower(tmp_path, "queue_log.position"))
        (tmp_path / "queue_log.bak").write_bytes(log.read_bytes())
    assert door.lines == [line(0), line(1), line(2)]


@pytest.mark.parametrize(("url", "named"), [("localhost:1/v1", "--url"), ("http://x/v1", "no file")])
def test_what_can_never_work_ends_it(tmp_path: Path, url: str, named: str) -> None:
    if named == "--url":
        write(tmp_path / "queue_log", line(1))
    command = ["forward", "asterisk", "--queue-log", str(tmp_path / "queue_log"), "--once", "--url", url]
    with pytest.raises(ForwardError, match=named):
        CliRunner().invoke(app, [*command, "--state-dir", str(tmp_path / "s")], catch_exceptions=False)


def test_a_file_that_was_cut_short_starts_anew(tmp_path: Path, door: Door) -> None:
    log = tmp_path / "queue_log"
    write(log, line(1), line(2))
    deliver(tmp_path, door)
    log.write_text("")
    write(log, line(3))
    deliver(tmp_path, door)
    assert door.lines == [line(1), line(2), line(3)]


def test_a_long_file_goes_in_parts(tmp_path: Path, door: Door) -> None:
    lines = [line(number) for number in range(10_000)]
    write(tmp_path / "queue_log", *lines)
    deliver(tmp_path, door)
    assert door.lines == lines
    assert len(door.got) > 1
    assert max(len(text) for _, text in door.got) <= BATCH_BYTES_MAX


def test_the_command_delivers_and_ends(tmp_path: Path, door: Door) -> None:
    write(tmp_path / "queue_log", line(1))
    command = ["forward", "asterisk", "--url", door.url, "--queue-log", str(tmp_path / "queue_log"), "--once"]
    state = ["--state-dir", str(tmp_path / "state")]
    result = CliRunner().invoke(app, command + state, env={"FORWARD_SECRET": "s3cret"})
    assert (result.exit_code, door.lines) == (0, [line(1)])
    assert isinstance(
        CliRunner().invoke(app, ["forward", "asterisk", "--url", door.url]).exception, ForwardError
    )


def manager(*sent: bytes) -> Login:
    """A manager of one connection."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listening, listening.accept()[0] as connection:
            connection.sendall(b"Asterisk Call Manager/5.0\r\n")
            connection.recv(4096)
            for text in sent:
                connection.sendall(text)

    threading.Thread(target=serve, daemon=True).start()
    return Login("127.0.0.1", listening.getsockname()[1], "user", "secret")


def test_it_reads_the_managers_events_however_they_are_cut(tmp_path: Path) -> None:
    login = manager(
        b"Response: Success\r\n\r\nEvent: Hangup\r", b"\nUniqueid: 1\r\n\r", b"\nEvent: VarSet\r\n\r\n"
    )
    spool = Spool(tmp_path / "spool", BESIDE_QUEUE_LOG)
    with contextlib.suppress(ConnectionResetError):
        for block in events(login):
            spool.add(block)
    text = spool.path.read_text()
    assert text.startswith("Event: Hangup\nUniqueid: 1\nReadAt: ")
    assert "VarSet" not in text


def test_a_manager_that_does_not_let_us_in_says_so() -> None:
    with pytest.raises(ManagerError, match="Authentication failed"):
        list(events(manager(b"Response: Error\r\nMessage: Authentication failed\r\n\r\n")))


def test_a_spool_is_emptied_once_all_of_it_was_delivered(tmp_path: Path, door: Door) -> None:
    spool = Spool(tmp_path / "spool", ALONE, bytes_max=10)
    following = Follower(spool.path, tmp_path / "position", b"\n\n")
    spool.add(b"Event: Hangup\nUniqueid: 1")
    spool.empty(following)
    assert spool.path.stat().st_size > 0
    with contextlib.closing(Post(door.url, "", print)) as post:
        assert forward(following, post)
        spool.empty(following)
        assert spool.path.stat().st_size == 0
        spool.add(b"Event: Hold\nUniqueid: 2")
        assert forward(following, post)
    assert [text.splitlines()[0] for _, text in door.got] == ["Event: Hangup", "Event: Hold"]
    assert following.read() is None
