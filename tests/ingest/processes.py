"""The door as a process of its own: its port, what it weighs, and its end."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx2

from tests.conftest import free_port
from tests.ingest.doors import PARTITIONS

READY_SECONDS = 120.0


class Process(NamedTuple):
    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def memory_mib(self) -> float:
        """What it holds in memory now. Linux only."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    @property
    def cpu_seconds(self) -> float:
        """What it has worked so far. Linux only."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(bootstrap: str, **settings: object) -> Iterator[Process]:
    """`python -m services.ingest`, ready. `settings`: its settings by name, in small letters."""
    port = free_port()
    own: dict[str, object] = {"partitions": PARTITIONS} | settings | {"ingest_port": port}
    names = {f"JOURNEYLINE_{name.upper()}": str(value) for name, value in own.items()}
    # Where the tests find real data is no setting of the product's.
    inherited = {name: value for name, value in os.environ.items() if name != "JOURNEYLINE_REAL_DATA"}
    environment = inherited | names | {"KAFKA_BOOTSTRAP_SERVERS": bootstrap}
    process = subprocess.Popen([sys.executable, "-m", "services.ingest"], env=environment)
    try:
        _wait_until_ready(port)
        yield Process(port, process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError("the ingest process did not become ready")
