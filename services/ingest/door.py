"""The door itself: judges a request's events, and answers when Kafka has what it keeps."""

import asyncio
import socket
import time

import msgspec
from msgspec import Struct

from schemas.canonical import DIGEST_HEADER
from schemas.partitioning import partition_of
from schemas.topics import QUARANTINED
from services.ingest.batches import Outgoing
from services.ingest.core.judging import Record, Verdict, judge
from services.ingest.core.keeping import to_quarantined
from services.ingest.core.modes import Sent
from services.ingest.core.problems import Code, Refusal
from services.ingest.core.scrubbing import Scrub
from services.ingest.core.senders import ANYBODY, Sender
from services.ingest.core.sources import Sources
from services.ingest.gate import Gate
from services.ingest.hooks import load_hooks
from services.ingest.metrics import Metrics
from services.ingest.publisher import Publisher, Unavailable
from services.ingest.quarantine import Quarantine
from services.ingest.room import Room
from services.ingest.runs import Runs
from services.ingest.trace import Tracer
from services.settings import Settings


class Place(Struct, frozen=True):
    """Which event of the request was quarantined, and why."""

    index: int
    reason: str
    detail: str


class Answer(Struct, frozen=True):
    """accepted + duplicate + quarantined = sent."""

    accepted: int
    duplicate: int
    quarantined: list[Place]


class Door:
    """All parts of one ingest process. `run` it beside the requests."""

    def __init__(self, settings: Settings) -> None:
        kafka = settings.kafka
        self.settings = settings
        # With the host's name, since several doors may all listen on 0.0.0.0:8001.
        self.name = f"{socket.gethostname()}:{settings.ingest_port}"
        self.metrics = Metrics()
        self.publisher = Publisher(kafka, settings, self.metrics)
        self.quarantine = Quarantine(kafka)
        self.gate = Gate(settings)
        self.room = Room()
        self.sources = Sources()
        self.tracer = Tracer(kafka, settings.partitions)
        self._scrub = Scrub(settings.scrubbed, settings.phone_region)
        self.runs = Runs(kafka, settings.partitions, self.publisher, self.name)
        self.hooks = load_hooks(settings)
        self.metrics.expect_hooks(hook.connection.label for hook in self.hooks)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.publisher.run())
            # Not before its topics are there: some brokers create what a reader asks for.
            await self.publisher.is_connected.wait()
            for part in (self.quarantine.tail, self.runs.tail, self.runs):
                tasks.create_task(part.run())

    async def admit(self, sent: Sent, is_dry_run: bool = False, sender: Sender = ANYBODY) -> Answer:
        """Judges and keeps; counts the events only when all that is kept is acknowledged."""
        received_ms = time.time_ns() // 1_000_000
        return await self.keep(self.judge(sent, received_ms, sender), received_ms, is_dry_run, sender)

    def judge(self, sent: Sent, received_ms: int, sender: Sender = ANYBODY) -> Verdict:
        """As `judging.judge`, without what nobody may keep; who is refused is remembered with the reason."""
        try:
            return judge(sent, received_ms, sender, self._scrub)
        except Refusal as refusal:
            if refusal.name is not None:
                self.sources.blame(refusal.name, refusal.code, refusal.detail, received_ms / 1000)
            raise

    async def keep(
        self, verdict: Verdict, received_ms: int, is_dry_run: bool = False, sender: Sender = ANYBODY
    ) -> Answer:
        """Publishes what was judged, and answers when all of it is acknowledged."""
        try:
            if is_dry_run:
                self.publisher.check_connected()
                return _answer(verdict)
            await self.publisher.publish(self._outgoing(verdict, received_ms, sender))
        except Unavailable as error:
            raise Refusal(Code.UNAVAILABLE, str(error), events=verdict.events) from None
        self.metrics.count(verdict)
        self.runs.count(verdict.records)
        self.sources.accept((record.name for record in verdict.records), received_ms / 1000)
        for bad in verdict.bad:
            if bad.name is not None:
                self.sources.blame(bad.name, bad.reason, bad.detail, received_ms / 1000)
        return _answer(verdict)

    def _outgoing(self, verdict: Verdict, received_ms: int, sender: Sender) -> list[Outgoing]:
        partitions = self.settings.partitions
        outgoing = [_checked(record, partitions) for record in verdict.records]
        for bad in verdict.bad:
            kept = to_quarantined(bad, received_ms, sender.tenant)
            outgoing.append(Outgoing(QUARANTINED.name, 0, kept.id.encode(), msgspec.json.encode(kept)))
        return outgoing


def _checked(record: Record, partitions: int) -> Outgoing:
    home, headers = partition_of(record.key, partitions), [(DIGEST_HEADER, record.digest)]
    return Outgoing(record.topic, home, record.key, record.value, headers)


def _answer(verdict: Verdict) -> Answer:
    places = [Place(bad.index, bad.reason, bad.detail) for bad in verdict.bad]
    return Answer(len(verdict.records), verdict.duplicate, places)
