"""Keeps processes running: starts them, starts again what exits, stops them all."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import FrameType
from typing import IO

from msgspec import Struct

from services.broker_host import stop_with_parent

#: What exits again and again is started later and later.
RESTART_SECONDS = (0.2, 0.5, 1, 2, 5)
#: A process that ran for so long has had a fresh start.
HEALTHY_SECONDS = 30.0
STOP_SECONDS = 20.0
#: Ended so often, one after the other, it will not get well by itself.
FAILING_RESTARTS = 3
POLL_SECONDS = 0.1

Report = Callable[[str], None]


class Child(Struct):
    """One process: its command, its environment, its log (None: ours), and how it fares."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log_path: Path | None
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restarts: int = 0
    restart_at: float = 0.0


class Supervisor:
    def __init__(self, report: Report) -> None:
        self._children: list[Child] = []
        self._report = report
        self._stopping = False

    def add(self, child: Child) -> None:
        self._children.append(child)
        self._start(child)

    def run(self, *also: Callable[[], None]) -> None:
        """Watches until `stop_soon`, and does `also` each time round."""
        while not self._stopping:
            self._watch_all()
            for task in also:
                task()
            time.sleep(POLL_SECONDS)

    def wait(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Watches until the condition holds; False when it took too long, or is no longer wanted."""
        deadline = time.monotonic() + timeout_s
        while not self._stopping and time.monotonic() < deadline:
            self._watch_all()
            if condition():
                return True
            time.sleep(POLL_SECONDS)
        return False

    def stop_on_signals(self) -> None:
        """Ctrl-C and SIGTERM end `run` and `wait`."""

        def stop(_number: int, _frame: FrameType | None) -> None:
            self.stop_soon()

        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)

    @property
    def is_stopping(self) -> bool:
        return self._stopping

    def stop_soon(self) -> None:
        self._stopping = True

    def stop(self) -> None:
        """Asks all to end, last started first, and ends those that do not."""
        running = [child for child in reversed(self._children) if child.process is not None]
        for child in running:
            _signal(child, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in running:
            assert child.process is not None
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._report(f"{child.name} does not stop; ending it (its state is safe)")
                child.process.kill()
                child.process.wait()

    @property
    def failing(self) -> Child | None:
        """One that never runs for long."""
        return next((child for child in self._children if child.restarts >= FAILING_RESTARTS), None)

    def pids(self) -> dict[str, int]:
        return {child.name: child.process.pid for child in self._children if child.process is not None}

    def _watch_all(self) -> None:
        for child in self._children:
            self._watch(child)

    def _watch(self, child: Child) -> None:
        if child.process is None:
            if time.monotonic() >= child.restart_at:
                self._start(child)
        elif (code := child.process.poll()) is not None:
            self._schedule_restart(child, code)

    def _schedule_restart(self, child: Child, code: int) -> None:
        if time.monotonic() - child.started > HEALTHY_SECONDS:
            child.restarts = 0
        pause = RESTART_SECONDS[min(child.restarts, len(RESTART_SECONDS) - 1)]
        child.process, child.restart_at = None, time.monotonic() + pause
        child.restarts += 1
        where = f" (see {child.log_path})" if child.log_path is not None else ""
        self._report(f"{child.name} ended with {code}; starting it again in {pause:g} s{where}")

    def _start(self, child: Child) -> None:
        with _log_of(child) as log:
            child.process = subprocess.Popen(
                child.command,
                env={**os.environ, **child.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is for the supervisor, who stops its children in order.
                start_new_session=True,
                # Nor may they go on unwatched when the supervisor is killed.
                preexec_fn=stop_with_parent(),
            )
        child.started = time.monotonic()


def _log_of(child: Child) -> AbstractContextManager[IO[bytes] | None]:
    if child.log_path is None:
        return nullcontext()
    child.log_path.parent.mkdir(parents=True, exist_ok=True)
    return child.log_path.open("ab")


def last_words(log_path: Path) -> str:
    """The last line of a log that says anything: of a line in JSON the error alone."""
    lines = log_path.read_text(errors="replace").splitlines() if log_path.exists() else []
    last = next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
    return _error_of(last)[:500]


def _error_of(line: str) -> str:
    try:
        fields = json.loads(line)
        return str(fields.get("error") or fields.get("reason") or fields["event"])
    except (ValueError, AttributeError, KeyError):
        return line


def _signal(child: Child, number: int) -> None:
    assert child.process is not None
    if child.process.poll() is None:
        child.process.send_signal(number)
