"""`journeyline build --workers N`: several processes, kept running, and stopped together."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from services.broker_host import stop_with_parent
from services.cli.workers import worker_names
from tests.cli.test_commands import journeyline
from tests.cli.test_supervisor import within
from tests.conftest import MakeBroker, free_port
from tests.e2e.processes import children_of, processes_of

#: On a machine that is busy with much else.
DEADLINE_S = 90.0
COMMAND = ["build", "--workers", "2"]


@contextmanager
def two_workers(bootstrap: str, port: int, data_dir: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("JOURNEYLINE_")}
    own |= {"KAFKA_BOOTSTRAP_SERVERS": bootstrap, "JOURNEYLINE_BUILD_PORT": str(port), "COLUMNS": "200"}
    own |= {"JOURNEYLINE_DATA_DIR": str(data_dir), "JOURNEYLINE_SECRET": "s" * 32}
    command = [sys.executable, "-m", "services.cli.main", *COMMAND]
    with log.open("wb") as out:
        running = subprocess.Popen(command, env=own, stdout=out, stderr=out, preexec_fn=stop_with_parent())
    try:
        yield running
    finally:
        running.terminate()
        running.wait(DEADLINE_S)


def is_ready(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
    except httpx2.TransportError:
        return False


def test_two_workers_share_the_partitions_and_who_is_killed_comes_back(
    make_broker: MakeBroker, tmp_path: Path
) -> None:
    log, port = tmp_path / "log", free_port()
    with make_broker(tmp_path / "broker", None) as broker:
        assert journeyline("topics", "create", KAFKA_BOOTSTRAP_SERVERS=broker.bootstrap).returncode == 0
        with two_workers(broker.bootstrap, port, tmp_path / "data", log) as running:
            assert within(DEADLINE_S, lambda: is_ready(port) and is_ready(port + 1)), log.read_text()
            victim = children_of(running.pid)[0]
            os.kill(victim, signal.SIGKILL)
            assert within(DEADLINE_S, lambda: "ended with -9; starting it again" in log.read_text()), (
                log.read_text()
            )
            assert within(DEADLINE_S, lambda: is_ready(port) and is_ready(port + 1)), log.read_text()
            assert len(children_of(running.pid)) == 2
            running.send_signal(signal.SIGINT)
            assert running.wait(DEADLINE_S) == 0, log.read_text()
    said = log.read_text()
    assert "2 workers, build-1 to build-2" in said
    assert "does not stop" not in said
    assert '"service": "build/build-2"' in said, "their logs are its own"
    assert not processes_of(tmp_path / "data")


def test_it_names_a_taken_port() -> None:
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + 1))
        answer = journeyline(*COMMAND, JOURNEYLINE_BUILD_PORT=str(port))
    assert answer.returncode == 1
    assert f"port {port + 1} for build-2 is taken" in answer.stderr
    assert "set JOURNEYLINE_BUILD_PORT" in answer.stderr


def test_workers_of_two_machines_have_names_of_their_own() -> None:
    assert worker_names("build-1", 2) == ["build-1", "build-2"]
    assert worker_names("east", 2) == ["east-1", "east-2"]
