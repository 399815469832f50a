"""What the read model tells Prometheus: the fixture's clock stands at second 0."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from schemas.frictions import Kind
from services.live.core.census import PLACES_MAX
from services.live.gauges import Gauges
from services.live.metrics import CENSUS_ERRORS
from tests.live.given import START_US, contact, feed, friction, journey, retracted, wait

HOUR = 3600
Told = dict[tuple[str, ...], float]


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tell(engine: Engine, clock: Clock) -> Callable[[str], Told]:
    """The samples of one metric, by their labels' values."""
    gauges = Gauges(engine, lambda: START_US, clock)

    def told(name: str) -> Told:
        samples = [sample for family in gauges.collect() for sample in family.samples]
        return {
            tuple(sample.labels.values()): sample.value
            for sample in samples
            if sample.name == f"journeyline_live_{name}"
        }

    return told


def test_it_tells_the_frictions_of_the_last_quarter_that_hold(
    engine: Engine, tell: Callable[[str], Told]
) -> None:
    feed(
        engine,
        friction("1", -10),
        friction("2", -15 * 60 + 1),
        friction("too old", -15 * 60),
        retracted("taken back", -10),
        friction("elsewhere", -10, touchpoint="node:main", kind=Kind.IVR_LOOP),
    )
    assert tell("frictions_recent") == {
        ("default", "long_wait", "queue:billing"): 2,
        ("default", "ivr_loop", "node:main"): 1,
    }


def test_the_usual_is_the_mean_of_quarters_since_the_first_contact(
    engine: Engine, tell: Callable[[str], Told]
) -> None:
    before = [friction(f"before-{n}", -HOUR - n) for n in range(8)]
    feed(engine, contact(seconds=-HOUR - 900), friction("now", -5), *before)
    assert tell("frictions_usual") == {("default", "long_wait", "queue:billing"): 8 / 4}


def test_the_usual_looks_back_a_day(engine: Engine, tell: Callable[[str], Told]) -> None:
    day = [friction(f"day-{n}", -HOUR * 20 - n) for n in range(48)]
    feed(engine, contact(seconds=-24 * HOUR), friction("now", -5), friction("old", -25 * HOUR), *day)
    usual = tell("frictions_usual")["default", "long_wait", "queue:billing"]
    assert usual == pytest.approx(48 / 95)


def test_without_a_past_nothing_is_usual(engine: Engine, tell: Callable[[str], Told]) -> None:
    feed(engine, contact(seconds=-60), friction("now", -5))
    assert tell("frictions_usual") == {("default", "long_wait", "queue:billing"): 0}


def test_it_tells_so_many_places_and_the_worst(engine: Engine, tell: Callable[[str], Told]) -> None:
    many = [friction(f"f{n}", -1, touchpoint=f"page:{n:03}") for n in range(PLACES_MAX + 5)]
    feed(engine, *many, friction("again", -2, touchpoint="page:054"))
    told = tell("frictions_recent")
    assert len(told) == PLACES_MAX
    assert told["default", "long_wait", "page:054"] == 2


def test_it_tells_how_queues_stand(engine: Engine, tell: Callable[[str], Told]) -> None:
    feed(
        engine,
        contact("a", -90, waits=(wait("billing", -90), wait("moves", -60, -30, "answered"))),
        contact("b", -40, waits=(wait("billing", -40), wait(None, -60, -30, "abandoned"))),
    )
    assert tell("queue_waiting")["default", "billing"] == 2
    assert tell("queue_longest_wait_seconds")["default", "billing"] == 90
    assert tell("queue_answered_recent")["default", "moves"] == 1
    assert tell("queue_abandoned_recent")["default", "unknown"] == 1


def test_it_tells_open_journeys_and_recent_contacts_by_tenant(
    engine: Engine, tell: Callable[[str], Told]
) -> None:
    feed(
        engine,
        journey("1"),
        journey("2", tenant="other"),
        journey("3", state="closed"),
        contact("a", -60),
        contact("b", -1000),
        contact("c", -60, tenant="other"),
    )
    assert tell("journeys_open") == {("default",): 1, ("other",): 1}
    assert tell("contacts_recent") == {("default",): 1, ("other",): 1}


def test_it_counts_every_few_seconds_however_often_it_is_scraped(
    engine: Engine, clock: Clock, tell: Callable[[str], Told]
) -> None:
    assert tell("contacts_recent") == {}
    feed(engine, contact(seconds=-60))
    clock.seconds = 4.9
    assert tell("contacts_recent") == {}
    clock.seconds = 5
    assert tell("contacts_recent") == {("default",): 1}


def test_it_is_silent_and_says_so_while_the_database_is_away(
    engine: Engine, tell: Callable[[str], Told]
) -> None:
    failed = CENSUS_ERRORS._value.get()
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE waits"))
    assert tell("queue_waiting") == {}
    assert CENSUS_ERRORS._value.get() == failed + 1


def test_it_tells_kpis_of_the_last_hour_with_their_variants(
    engine: Engine, tell: Callable[[str], Told]
) -> None:
    waits = (wait("billing", -60, -50, "answered"), wait("billing", -60, -57, "abandoned"))
    feed(
        engine,
        contact("a", -60, waits=waits),
        contact("too old", -HOUR - 1, waits=(wait("billing", -HOUR, -10, "answered"),)),
        contact("b", -60, tenant="other"),
    )
    levels = {
        variant: value for (_, kpi, variant), value in tell("kpi_ratio").items() if kpi == "service_level"
    }
    assert levels == {
        "answered_or_abandoned": 0.5,
        "without_short_abandons": 1.0,
        "with_flow_outs": 0.5,
        "removed_from_queue": 1.0,
    }
    assert tell("kpi_seconds")["default", "average_speed_of_answer", "answered"] == 10.0
    # Of nothing there is no figure; and who comes again, an hour cannot tell.
    assert tell("kpi_points") == {}
    assert not {kpi for _, kpi, _ in tell("kpi_ratio")} & {
        "first_contact_resolution",
        "contained_then_returned",
    }
    assert not [tenant for tenant, _, _ in tell("kpi_ratio") if tenant == "other"]
