"""`journeyline demo` as a stranger meets it: the first friction, where it hurts, Ctrl-C, a second start."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from services.broker_host import stop_with_parent
from services.simulator.core.centre import Trouble
from tests.e2e.processes import processes_of
from tests.e2e.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

#: From the start, on a machine that is busy with much else.
FIRST_FRICTION_SECONDS = 180.0
#: At five times the usual traffic; a caller must have waited for two minutes first, or twice been sent on.
LEADING_SECONDS = 240.0
STOP_SECONDS = 40.0
FRICTION = re.compile(r"^\d\d:\d\d:\d\d  .+", re.MULTILINE)


class Demo:
    def __init__(self, stack: Stack, log_path: Path) -> None:
        self.log_path, self._stack = log_path, stack
        ports = {"broker": stack.broker_port, "ingest": stack.ingest_port}
        ports |= {"live": stack.live_port, "build": stack.build_port}
        options = [f"--{name}-port={port}" for name, port in ports.items()]
        command = [
            sys.executable,
            "-m",
            "services.cli.main",
            "demo",
            f"--data-dir={stack.data_dir}",
            *options,
        ]
        own = {name: value for name, value in os.environ.items() if not name.startswith("JOURNEYLINE_")}
        with log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, f"--broker={stack.broker}", "--history-hours=0.2", "--rate=20"],
                env={**own, "COLUMNS": "200"}, stdout=log, stderr=log, preexec_fn=stop_with_parent(),
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self.log_path.read_text()

    def wait_for(self, text: str, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while text not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, f"no {text!r} within {timeout_s:g} s\n{self.said}"
            time.sleep(0.1)

    def interrupt(self) -> None:
        """Ctrl-C: it must end by itself, in order, and leave nobody behind."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(STOP_SECONDS) == 0, self.said
        assert not processes_of(self._stack.data_dir)

    def leading(self) -> set[str]:
        """Of each type of touchpoint the one that hurts most now, as the page's first panel has it."""
        answer = httpx2.get(f"{self._stack.live_url}/v1/hurts", timeout=10)
        places = [hurt["touchpoint"] for hurt in answer.json()["items"]]
        return set({place.partition(":")[0]: place for place in reversed(places)}.values())

    def counters(self) -> dict[str, int]:
        answer = httpx2.get(f"{self._stack.live_url}/v1/frictions/summary", timeout=10)
        return dict(answer.json()["counters"])


@contextmanager
def running(stack: Stack, log_path: Path) -> Iterator[Demo]:
    demo = Demo(stack, log_path)
    try:
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.process.kill()
            demo.process.wait()


def test_the_demo_finds_stops_and_resumes(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    stack = Stack(tmp_path / "demo", request.config.getoption("--broker"))
    with running(stack, tmp_path / "first.log") as demo:
        demo.wait_for(f"look at them live: http://127.0.0.1:{stack.live_port}/", FIRST_FRICTION_SECONDS)
        assert FRICTION.search(demo.said)
        assert "100% of the past is sent" in demo.said
        bad = Trouble(from_ms=0)
        planted = {f"node:{bad.node}", f"form:{bad.form}#{bad.field}", f"queue:{bad.queue}"}
        stack.wait(lambda: planted <= demo.leading(), LEADING_SECONDS, "what was planted does not lead")
        before = demo.counters()
        demo.interrupt()
        assert demo.said.rstrip().endswith("stopped; the next start goes on from here")
    with running(stack, tmp_path / "second.log") as again:
        again.wait_for("from now on it is sent as it happens", FIRST_FRICTION_SECONDS)
        assert "sending the past 12 minutes" not in again.said, "only the gap is filled"
        assert again.counters()["contacts"] >= before["contacts"] > 50
        again.wait_for("look at them live", FIRST_FRICTION_SECONDS)
        again.interrupt()
    assert json.loads((stack.data_dir / "demo.json").read_bytes())["starts"] == 2


def test_a_damaged_data_directory_is_said_in_a_sentence(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "demo")
    stack.data_dir.mkdir()
    (stack.data_dir / "live.db").write_bytes(b"no database" * 1000)
    with running(stack, tmp_path / "demo.log") as demo:
        assert demo.process.wait(STOP_SECONDS + FIRST_FRICTION_SECONDS) == 1
        assert "live ends again and again" in demo.said
        assert "start with another --data-dir, or move it away" in " ".join(demo.said.split())
        assert "Traceback" not in demo.said
        assert not processes_of(stack.data_dir)
