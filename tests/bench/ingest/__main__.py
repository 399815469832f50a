"""`make bench-ingest`: single POSTs and batches of 100: their rates, and their latency at half of them.

A rate "per core" is events (or requests) by second of CPU time of the door's process: others on the
machine do not change it much. Wall-clock rates stand beside. Everything in one run, turn by turn.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import orjson

from services.broker import ApacheBroker, Broker, EmbeddedBroker
from tests.conftest import free_port
from tests.ingest.doors import create_topics
from tests.ingest.processes import Process, serving

BATCH = 100
SINGLE_CONNECTIONS, BATCH_CONNECTIONS = 64, 16
TARGETS = {"single_ratio": 0.5, "batch_events_per_core": 60_000.0, "p99_ms": 50.0}


@contextmanager
def bare() -> Iterator[Process]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.ingest.bare", str(port)])
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                httpx2.get(f"http://127.0.0.1:{port}/docs")
                break
            except httpx2.TransportError:
                time.sleep(0.1)
        yield Process(port, process.pid)
    finally:
        process.terminate()
        process.wait(20)


def press(process: Process, events: int, connections: int, seconds: float, rate: float = 0) -> dict[str, Any]:
    """One turn of load; adds the CPU seconds of the pressed."""
    before = process.cpu_seconds
    words = [str(word) for word in (process.port, events, connections, seconds, rate)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.ingest.load", *words], stdout=subprocess.PIPE, check=True
    )
    found: dict[str, Any] = orjson.loads(done.stdout)
    found["cpu"] = process.cpu_seconds - before
    return found


def rates(turns: list[dict[str, Any]], events: int) -> dict[str, float]:
    """Of the best turn: a slower one tells of the machine."""
    return {
        "per_core": max(events * turn["accepted"] / turn["cpu"] for turn in turns),
        "per_second": max(events * turn["accepted"] / turn["seconds"] for turn in turns),
        "others": sum(turn["others"] for turn in turns),
    }


def run(broker: Broker, turns: int, seconds: float) -> dict[str, Any]:
    with broker:
        asyncio.run(create_topics(broker.bootstrap))
        own = {"ingest_rate_per_address": 1e9, "ingest_rate_per_key": 1e9}
        with serving(broker.bootstrap, **own) as door, bare() as least:
            pairs = [(door, 1), (least, 1), (door, BATCH)]
            kept: list[list[dict[str, Any]]] = [[], [], []]
            for turn in range(turns + 1):
                for place, (process, events) in enumerate(pairs):
                    connections = SINGLE_CONNECTIONS if events == 1 else BATCH_CONNECTIONS
                    found = press(process, events, connections, seconds)
                    if turn:  # the first one warms up
                        kept[place].append(found)
            single, parsed, batch = (
                rates(one, events) for one, events in zip(kept, (1, 1, BATCH), strict=True)
            )
            half_single = press(door, 1, SINGLE_CONNECTIONS, seconds, single["per_second"] / 2)
            half_batch = press(door, BATCH, BATCH_CONNECTIONS, seconds, batch["per_second"] / BATCH / 2)
    return {
        "single_ratio": single["per_core"] / parsed["per_core"],
        "single_ratio_by_clock": single["per_second"] / parsed["per_second"],
        "batch_events_per_core": batch["per_core"],
        "batch_events_per_second": batch["per_second"],
        "single_per_core": single["per_core"],
        "single_per_second": single["per_second"],
        "bare_per_core": parsed["per_core"],
        "bare_per_second": parsed["per_second"],
        "single_p50_ms": half_single["p50_ms"],
        "single_p99_ms": half_single["p99_ms"],
        "batch_p50_ms": half_batch["p50_ms"],
        "batch_p99_ms": half_batch["p99_ms"],
        "refused": single["others"] + batch["others"],
        "load_average": os.getloadavg()[0],
        "cores": os.cpu_count(),
    }


def tell(found: dict[str, Any]) -> None:
    goals = {
        "single_ratio": f"≥ {TARGETS['single_ratio']}",
        "batch_events_per_core": f"≥ {TARGETS['batch_events_per_core']:,.0f}",
        "single_p99_ms": f"≤ {TARGETS['p99_ms']:g}",
        "batch_p99_ms": f"≤ {TARGETS['p99_ms']:g}",
    }
    for name, value in found.items():
        print(f"{name:26} {value:12,.2f}   {goals.get(name, '')}")
    print(orjson.dumps(found).decode())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--broker", choices=["embedded", "apache"], default="embedded")
    options.add_argument("--jars", type=Path, help="of Apache Kafka, where they are already")
    options.add_argument("--turns", type=int, default=3)
    options.add_argument("--seconds", type=float, default=6.0)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data_dir, port = Path(folder), free_port()
        broker: Broker = (
            ApacheBroker(data_dir, port, chosen.jars or data_dir / "jars")
            if chosen.broker == "apache"
            else EmbeddedBroker(data_dir, port)
        )
        tell(run(broker, chosen.turns, chosen.seconds))


if __name__ == "__main__":
    main()
