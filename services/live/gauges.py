"""What the read model tells Prometheus: counted when it is scraped, at most every few seconds."""

import time
from collections.abc import Callable, Iterable, Iterator
from threading import Lock

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from schemas.times import SECOND_US
from services.live.core.census import QUEUES_MAX, Census, History, Place, worst
from services.live.core.kpis import KPIS, Settles, Unit
from services.live.core.queues import Standing
from services.live.core.tally import Asked, Tally
from services.live.metrics import CENSUS_ERRORS
from services.live.store import census as store
from services.live.store.kpis import tallies

log = structlog.get_logger()

CENSUS_SECONDS = 5.0
#: What is usual changes slowly, and is counted over a day.
HISTORY_SECONDS = 60.0
KPIS_US = 3600 * SECOND_US
TENANTS_MAX = 50
KPI_UNITS = {"ratio": (Unit.SHARE, Unit.PER_CONTACT), "seconds": (Unit.SECONDS,), "points": (Unit.POINTS,)}
PREFIX = "journeyline_live_"

Sample = tuple[tuple[str, ...], float]
#: By tenant.
Kpis = dict[str | None, Tally]


class Gauges(Collector):
    """Queues, frictions, contacts and journeys as they stand. Silent while the database is."""

    def __init__(
        self, engine: Engine, now_us: Callable[[], int], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._now_us = now_us
        self._clock = clock
        self._lock = Lock()
        self._census: tuple[float, Census] | None = None
        self._slow: tuple[float, History, Kpis] | None = None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with self._lock:
            try:
                census, history, kpis = self._read()
            except SQLAlchemyError as error:
                CENSUS_ERRORS.inc()
                log.warning("census_failed", error=str(error))
                return
        yield from _queues(census.queues[:QUEUES_MAX])
        yield from _frictions(worst(census.frictions), history)
        yield from _totals(census)
        yield from _figures(kpis)

    def _read(self) -> tuple[Census, History, Kpis]:
        now = self._clock()
        if self._census is not None and self._slow is not None and now < self._census[0] + CENSUS_SECONDS:
            return self._census[1], *self._slow[1:]
        with self._engine.connect() as connection:
            if self._slow is None or now >= self._slow[0] + HISTORY_SECONDS:
                now_us = self._now_us()
                self._slow = now, store.history(connection, now_us), tallies(connection, _last_hour(now_us))
            self._census = now, store.census(connection, self._now_us())
        return self._census[1], *self._slow[1:]


def _queues(standings: list[Standing]) -> Iterator[GaugeMetricFamily]:
    facts: tuple[tuple[str, str, Callable[[Standing], int]], ...] = (
        ("queue_waiting", "Who waits in a queue now.", lambda queue: queue.waiting),
        (
            "queue_longest_wait_seconds",
            "How long the first of them waits.",
            lambda queue: queue.longest_wait_seconds,
        ),
        ("queue_answered_recent", "Waits answered in the last 15 minutes.", lambda queue: queue.answered),
        ("queue_abandoned_recent", "Waits given up in the last 15 minutes.", lambda queue: queue.abandoned),
    )
    for name, words, number in facts:
        samples = [((queue.tenant, queue.queue or "unknown"), number(queue)) for queue in standings]
        yield _family(name, f"{words} The {QUEUES_MAX} busiest queues.", ("tenant", "queue"), samples)


def _frictions(places: list[tuple[Place, int]], history: History) -> Iterator[GaugeMetricFamily]:
    yield _family(
        "frictions_recent",
        "Frictions of the last 15 minutes, by kind and touchpoint: the worst places.",
        Place._fields,
        places,
    )
    yield _family(
        "frictions_usual",
        "What 15 minutes bring at the same places, on the mean of the 24 hours before, as far as known.",
        Place._fields,
        [(place, history.usual(place)) for place, _ in places],
    )


def _totals(census: Census) -> Iterator[GaugeMetricFamily]:
    totals = (
        ("journeys_open", "Journeys that are open.", census.journeys_open),
        ("contacts_recent", "Contacts that started in the last 15 minutes.", census.contacts),
    )
    for name, words, by_tenant in totals:
        samples = [((tenant,), number) for tenant, number in by_tenant.items()]
        yield _family(name, words, ("tenant",), samples)


def _last_hour(now_us: int) -> Asked:
    return Asked(since_us=now_us - KPIS_US, until_us=now_us, now_us=now_us, by="tenant")


def _figures(kpis: Kpis) -> Iterator[GaugeMetricFamily]:
    """Those that one hour tells: whether customers come again takes days."""
    largest = sorted(kpis.items(), key=lambda item: (-item[1].contacts, item[0] or ""))[:TENANTS_MAX]
    told = [kpi for kpi in KPIS if kpi.settles is not Settles.WITH_RETURNS]
    for suffix, units in KPI_UNITS.items():
        samples = [
            ((tenant or "", kpi.name, kpi.variant), value)
            for tenant, tally in largest
            for kpi in told
            if kpi.unit in units and (value := kpi.of(tally).value) is not None
        ]
        words = f"KPIs of contacts that started in the last hour, named as in /v1/kpis: {suffix}."
        yield _family(f"kpi_{suffix}", words, ("tenant", "kpi", "variant"), samples)


def _family(name: str, words: str, labels: tuple[str, ...], samples: Iterable[Sample]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(PREFIX + name, words, labels=labels)
    for values, number in samples:
        family.add_metric(values, number)
    return family
