"""Every metric of the door. received = accepted + duplicate + quarantined + refused, at every moment."""

from collections.abc import Iterable
from enum import StrEnum, auto

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from schemas.codec import Reason
from services.ingest.core.judging import Bad, Verdict
from services.ingest.core.problems import Code
from services.ingest.core.scrubbing import FORM_VALUE, KINDS

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


MASKED = (*KINDS, FORM_VALUE)


class Outcome(StrEnum):
    """What became of an event at the door."""

    RECEIVED = auto()
    ACCEPTED = auto()
    DUPLICATE = auto()
    QUARANTINED = auto()
    REFUSED = auto()


class Metrics:
    """With a registry of its own, so that a process may have several doors."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        prefix, registry = "journeyline_ingest", self.registry
        events = Counter(
            f"{prefix}_events", "Events by what became of them; the others sum up to received.",
            ["outcome"], registry=registry,
        )  # fmt: skip
        self._events = {outcome: events.labels(outcome) for outcome in Outcome}
        self._quarantined = Counter(
            f"{prefix}_quarantined", "Quarantined events by reason.", ["reason"], registry=registry
        )
        for reason in Reason:
            # A series that is there before its first event shows that event as a rise.
            self._quarantined.labels(reason)
        self._masked = Counter(
            f"{prefix}_masked", "What was masked in events, by kind.", ["kind"], registry=registry
        )
        for kind in MASKED:
            self._masked.labels(kind)
        self._refused = Counter(f"{prefix}_refused", "Refused requests by code.", ["code"], registry=registry)
        self.seconds = Histogram(
            f"{prefix}_request_seconds", "Time to an answer of POST /v1/events, by status, in seconds.",
            ["status"], buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self.received_bytes = Counter(
            f"{prefix}_received_bytes", "Bytes of bodies read by POST /v1/events.", registry=registry
        )
        #: `platform`: a connection of the settings; `reason`: of what is `quarantined` or `refused`.
        self.hooks = Counter(
            f"{prefix}_hooks",
            "Of platforms: events accepted, payloads quarantined, deliveries refused or greeted.",
            ["platform", "outcome", "reason"], registry=registry,
        )  # fmt: skip
        self.in_flight_bytes = Gauge(
            f"{prefix}_in_flight_bytes", "Bytes of records that wait for Kafka's word.", registry=registry
        )

    def expect_hooks(self, platforms: Iterable[str]) -> None:
        """Makes the series of these connections, each by its label, so that its first event is a rise."""
        for platform in platforms:
            self.hooks.labels(platform, "accepted", "")
            self.hooks.labels(platform, "refused", Code.BAD_SIGNATURE)
            for reason in (Reason.SET_ASIDE, Reason.UNTRANSLATABLE):
                self.hooks.labels(platform, "quarantined", reason)

    def count(self, verdict: Verdict) -> None:
        self._add(Outcome.RECEIVED, verdict.events)
        self._add(Outcome.ACCEPTED, len(verdict.records))
        self._add(Outcome.DUPLICATE, verdict.duplicate)
        self._add(Outcome.QUARANTINED, len(verdict.bad))
        self._count_reasons(verdict.bad)
        for kind, count in verdict.masked.items():
            self._masked.labels(kind).inc(count)

    def count_refused(self, code: str, events: int) -> None:
        self._refused.labels(code).inc()
        self._add(Outcome.RECEIVED, events)
        self._add(Outcome.REFUSED, events)

    def _count_reasons(self, bad: Iterable[Bad]) -> None:
        for each in bad:
            self._quarantined.labels(each.reason).inc()

    def _add(self, outcome: Outcome, events: int) -> None:
        if events:
            self._events[outcome].inc(events)
