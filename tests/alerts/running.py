"""The alerts service as a process, with its receivers and what the topics hold."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from schemas.frictions import Friction
from schemas.incidents import Incident
from schemas.topics import FRICTIONS, INCIDENTS
from services.alerts.sender import wall_us
from tests.alerts.given import START_US, friction
from tests.alerts.receiving import Hook, MailServer
from tests.conftest import free_port

PARTITIONS = 2
WAIT_SECONDS = 60.0


class Alerts:
    """The service as its user starts it, and its receivers."""

    def __init__(self, bootstrap: str, folder: Path) -> None:
        self.bootstrap, self.folder, self.port = bootstrap, folder, free_port()
        self.mail, self.hook = MailServer(free_port()), Hook(free_port())
        self.process: subprocess.Popen[bytes] | None = None
        self.quiet_minutes = 30.0

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("JOURNEYLINE_")}
        mail = f"mailto://127.0.0.1:{self.mail.port}/?from=jl@example.com&to=ops@example.com"
        return own | {
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "JOURNEYLINE_DATA_DIR": str(self.folder),
            "JOURNEYLINE_ALERTS_PORT": str(self.port),
            "JOURNEYLINE_RECEIVERS": f"{mail} json://user:hunter2@127.0.0.1:{self.hook.port}/hook",
            "JOURNEYLINE_ALERTS_QUIET_MINUTES": str(self.quiet_minutes),
            # Long enough for a busy machine: who answers too late is sent the same again.
            "JOURNEYLINE_ALERTS_ATTEMPT_SECONDS": "3",
            "JOURNEYLINE_ALERTS_RETRY_SECONDS": "0.2",
            "JOURNEYLINE_ALERTS_RETRY_SECONDS_MAX": "0.5",
        }

    def start(self) -> None:
        with (self.folder / "alerts.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.alerts"], env=self.environment, stderr=log
            )
        wait(lambda: self.readiness().get("consumer") == "reading", "it consumes")

    def end(self, number: int = signal.SIGTERM) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(20)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()

    def readiness(self) -> Any:
        try:
            return self.get("/readyz")
        except httpx2.TransportError:
            return {}

    def get(self, path: str) -> Any:
        return httpx2.get(f"http://127.0.0.1:{self.port}{path}").json()

    def incidents(self) -> list[dict[str, Any]]:
        return list(self.get("/v1/incidents?limit=200")["items"])

    def attempts(self) -> int:
        (incident,) = self.incidents()
        detail = self.get(f"/v1/incidents/{incident['incident_id']}")
        return min(int(notification["attempts"]) for notification in detail["notifications"])

    def is_all_sent(self) -> bool:
        details = [self.get(f"/v1/incidents/{one['incident_id']}") for one in self.incidents()]
        return all(row["state"] == "sent" for detail in details for row in detail["notifications"])


def wait(until: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not until():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)


def now(friction_id: str, place: str, make: Callable[..., Friction] = friction, **more: Any) -> Friction:
    """Detected at this moment."""
    return make(friction_id, (wall_us() - START_US) / 1e6, touchpoint=place, **more)


async def send(bootstrap: str, *frictions: Friction) -> None:
    """After making the topics anew, if they are not there."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    missing = {FRICTIONS.name, INCIDENTS.name} - set(await admin.list_topics())
    await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in sorted(missing)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for one in frictions:
            await producer.send_and_wait(
                FRICTIONS.name, msgspec.json.encode(one), key=one.friction_id.encode()
            )


async def published(bootstrap: str) -> dict[str, Incident]:
    """The last record of each key."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None)
    await consumer.start()
    places = [TopicPartition(INCIDENTS.name, n) for n in range(PARTITIONS)]
    consumer.assign(places)
    await consumer.seek_to_beginning()
    ends, found = await consumer.end_offsets(places), {}
    while any([await consumer.position(place) < ends[place] for place in places]):
        for records in (await consumer.getmany(timeout_ms=500)).values():
            for record in records:
                found[record.key.decode()] = msgspec.json.decode(record.value, type=Incident)
    await consumer.stop()
    return found
