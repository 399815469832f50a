"""Kafka away under load: clients are told to wait, memory is bounded, and what was accepted is there."""

import asyncio
import threading
import time
from collections import Counter
from itertools import count

import httpx2
import orjson
import pytest

from schemas.topics import EVENTS
from services.broker import Broker
from tests.ingest.doors import create_topics, event, records
from tests.ingest.processes import Process, serving

CLIENTS, EVENTS_A_REQUEST = 8, 50
#: The limit of what waits, with its copies, and of what a thousand waiting requests hold.
GROWTH_MIB = 250
BEFORE_SECONDS, AFTER_SECONDS = 2.0, 30.0


class Client(threading.Thread):
    """Sends batches, one after the other, each until it is accepted; waits as it is told."""

    def __init__(self, process: Process, number: int, is_over: threading.Event) -> None:
        super().__init__(daemon=True)
        self._process, self._number, self._is_over = process, number, is_over
        #: Event -> when it was acknowledged.
        self.accepted: dict[str, float] = {}
        self.statuses = Counter[int]()
        self.last_accepted = 0.0
        self.faults: list[str] = []

    def run(self) -> None:
        with httpx2.Client(base_url=self._process.url, timeout=30) as http:
            for turn in count():
                batch = [
                    event(id=f"{self._number}-{turn}-{index}", subject=f"call-{self._number}-{turn}")
                    for index in range(EVENTS_A_REQUEST)
                ]
                while not self._is_over.is_set() and not self._send(http, batch):
                    pass
                if self._is_over.is_set():
                    return

    def _send(self, http: httpx2.Client, batch: list[dict[str, object]]) -> bool:
        answer = http.post("/v1/events", json=batch)
        self.statuses[answer.status_code] += 1
        if answer.status_code == 202:
            self.last_accepted = time.monotonic()
            self.accepted |= {str(one["id"]): self.last_accepted for one in batch}
            return True
        if answer.status_code != 503 or int(answer.headers.get("retry-after", 0)) < 1:
            self.faults.append(f"{answer.status_code} {answer.headers} {answer.text[:300]}")
            self._is_over.set()
        self._is_over.wait(0.2)
        return False


@pytest.mark.timeout(300)
def test_an_outage_of_kafka_loses_nothing_that_was_accepted(
    breakable: Broker, request: pytest.FixtureRequest
) -> None:
    away_seconds = 60.0 if request.config.getoption("--full") else 6.0
    asyncio.run(create_topics(breakable.bootstrap))
    is_over = threading.Event()
    with serving(breakable.bootstrap, ingest_ack_seconds=3, ingest_in_flight_mib=16) as process:
        clients = [Client(process, number, is_over) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(BEFORE_SECONDS)
        memory = process.memory_mib
        gone = time.monotonic()
        breakable.stop()
        grown = _watched(process, away_seconds) - memory
        breakable.start()
        breakable.wait_ready()
        back = time.monotonic()
        while not all(client.last_accepted > back for client in clients) and not is_over.is_set():
            assert time.monotonic() < back + AFTER_SECONDS, "it does not accept again"
            time.sleep(0.1)
        is_over.set()
        for client in clients:
            client.join()
    # The embedded broker may acknowledge while it saves for the last time.
    accepted = _accepted(clients, gone, back if breakable.durable_after_seconds else gone)
    statuses = sum((client.statuses for client in clients), Counter[int]())
    print(f"{len(accepted)} accepted; answers {dict(statuses)}; memory grew by {grown:.0f} MiB")
    assert [fault for client in clients for fault in client.faults] == []
    assert statuses[503] > CLIENTS
    assert grown < GROWTH_MIB
    kept = {
        orjson.loads(record.value)["id"]
        for record in asyncio.run(records(breakable.bootstrap, EVENTS["call"].name))
    }
    assert accepted <= kept


def _accepted(clients: list[Client], since: float, until: float) -> set[str]:
    """What was acknowledged before or after that time."""
    moments = [moment for client in clients for moment in client.accepted.items()]
    return {name for name, moment in moments if not since < moment < until}


def _watched(process: Process, seconds: float) -> float:
    """The most memory that it has meanwhile."""
    deadline, most = time.monotonic() + seconds, 0.0
    while time.monotonic() < deadline:
        most = max(most, process.memory_mib)
        time.sleep(0.1)
    return most
