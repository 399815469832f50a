"""What exits is started again; what is told to stop, stops."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from services.cli.supervisor import Child, Supervisor, last_words

COUNTING = "import os, time; open(os.environ['MARKS'], 'a').write('x'); time.sleep(float(os.environ['LAST']))"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


def child(tmp_path: Path, code: str, last: str = "60") -> Child:
    environment = {"MARKS": str(tmp_path / "marks"), "LAST": last}
    return Child("child", [sys.executable, "-c", code], environment, tmp_path / "child.log")


def starts(tmp_path: Path) -> int:
    marks = tmp_path / "marks"
    return len(marks.read_text()) if marks.exists() else 0


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_it_starts_again_what_exits_and_says_so(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(said.append)
    supervisor.add(child(tmp_path, COUNTING, last="0"))
    assert supervisor.wait(lambda: starts(tmp_path) >= 3, 60)
    supervisor.stop()
    assert "child ended with 0; starting it again" in said[0]


def test_it_starts_again_what_was_killed(tmp_path: Path) -> None:
    supervisor = Supervisor(print)
    supervisor.add(child(tmp_path, COUNTING))
    assert within(60, lambda: starts(tmp_path) == 1)
    os.kill(supervisor.pids()["child"], signal.SIGKILL)
    assert supervisor.wait(lambda: starts(tmp_path) == 2, 60)
    supervisor.stop()


def test_it_ends_what_does_not_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.cli.supervisor.STOP_SECONDS", 0.3)
    said: list[str] = []
    supervisor = Supervisor(said.append)
    supervisor.add(child(tmp_path, STUBBORN))
    pid = supervisor.pids()["child"]
    assert within(60, lambda: "SIG_IGN" in Path(f"/proc/{pid}/cmdline").read_text())
    time.sleep(0.5)  # the handler is set a moment after the start; there is nothing to watch for
    supervisor.stop()
    assert said == ["child does not stop; ending it (its state is safe)"]


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("", "nothing"),
        ("one\nport 8000 is taken\n\n", "port 8000 is taken"),
        ('{"event": "crashed", "error": "the disk is full", "exception": "Traceback"}\n', "the disk is full"),
        ('{"event": "ending"}', "ending"),
        ("[1]", "[1]"),
        ("{", "{"),
    ],
)
def test_last_words_are_the_error_alone(tmp_path: Path, log: str, words: str) -> None:
    path = tmp_path / "child.log"
    path.write_text(log)
    assert last_words(path) == words
