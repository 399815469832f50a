"""A running stack to throw bad things at: through its door, or straight into its topics."""

from itertools import count
from typing import Any

import httpx2
import msgspec
import orjson

from schemas.codec import parse_event
from schemas.partitioning import partition_of
from schemas.quarantine import Quarantined
from schemas.topics import EVENTS
from services.settings import Settings
from tests.e2e import records
from tests.e2e.answers import became, folded
from tests.e2e.bad import good
from tests.e2e.mixed import Raw
from tests.e2e.records import Put
from tests.e2e.stack import Json, Stack

SETTLED_SECONDS = 30.0
PARTITIONS: int = Settings.model_fields["partitions"].default
HEADERS = {"Content-Type": "application/json"}


class Running:
    """The stack that all tests here throw bad things at, and the processes it began with."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.pids = stack.worker_pids()
        #: Records written past the door.
        self.puts = 0

    def send(self, body: bytes) -> tuple[int, Json]:
        answer = self.stack.http.post(f"{self.stack.ingest_url}/v1/events", content=body, headers=HEADERS)
        return answer.status_code, answer.json()

    def put(self, *rows: Put, codec: str | None = None) -> list[int]:
        self.puts += len(rows)
        return records.put(self.stack.bootstrap, rows, codec)

    def is_folded(self, subject: str) -> bool:
        """Whether its customer, named like it, is known with this one contact and one step."""
        lookup = f"{self.stack.live_url}/v1/customers/lookup"
        answer = self.stack.http.get(lookup, params={"customer_id": subject})
        if answer.status_code != 200:
            return False
        journey = answer.json()["open_journey"]
        steps = self.stack.live(f"/v1/journeys/{journey['journey_id']}")["steps"] if journey else []
        return [step["contact"]["subject"] for step in steps] == [subject]

    def wait_folded(self, *subjects: str) -> None:
        def are_folded() -> bool:
            return all(self.is_folded(subject) for subject in subjects)

        self.stack.wait(are_folded, SETTLED_SECONDS, f"{subjects[:3]}… not folded")

    def quarantine(self) -> dict[str, list[Quarantined]]:
        """All that was ever written to the topic, by id."""
        found: dict[str, list[Quarantined]] = {}
        for record in records.read(self.stack.bootstrap, "events.quarantined"):
            entry = msgspec.json.decode(record.value, type=Quarantined)
            found.setdefault(entry.id, []).append(entry)
        return found

    def wait_quarantined(self, *names: str) -> dict[str, list[Quarantined]]:
        self.stack.wait(
            lambda: set(names) <= set(self.quarantine()), SETTLED_SECONDS, f"{names} not quarantined"
        )
        return self.quarantine()


def is_accounted_for(stack: Stack) -> bool:
    """Whether the builder's ledger has every record that the broker has, topic by topic."""
    try:
        ledger = {topic: folded(outcomes) for topic, outcomes in became(stack).items()}
    except httpx2.TransportError:
        return False  # a worker is away
    return ledger == {topic: end for topic, end in records.ends(stack.bootstrap).items() if end}


def record(event: Raw, **changes: Any) -> Put:
    """A record as it should be, but for the changes."""
    parsed = parse_event(event)
    home = partition_of(parsed.key, PARTITIONS)
    return Put(EVENTS[parsed.channel].name, home, parsed.key, orjson.dumps(event))._replace(**changes)


def in_partition(name: str, partition: int) -> Raw:
    """A good event whose home this is."""
    subjects = (f"{name}-{partition}-{number}" for number in count())
    events = (good(subject) for subject in subjects)
    return next(event for event in events if record(event).partition == partition)


def elsewhere(partition: int) -> int:
    return (partition + 1) % PARTITIONS
