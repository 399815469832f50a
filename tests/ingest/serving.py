"""`python -m services.ingest` as a process, over a real socket."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx2

from tests.conftest import free_port
from tests.ingest.doors import PARTITIONS

READY_SECONDS = 30


@contextlib.contextmanager
def served(kafka: str, **settings: str) -> Iterator[int]:
    """Its port. `settings`: further `JOURNEYLINE_<NAME>`s."""
    port = free_port()
    named = {"ingest_port": str(port), "partitions": str(PARTITIONS)} | settings
    environment = {f"JOURNEYLINE_{name.upper()}": value for name, value in named.items()}
    process = subprocess.Popen(
        [sys.executable, "-m", "services.ingest"],
        env=os.environ | environment | {"KAFKA_BOOTSTRAP_SERVERS": kafka},
    )
    try:
        _wait_until_ready(port)
        yield port
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
