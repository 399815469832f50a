"""The projector as a process on a broker: killed at any time, every record counts once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from sqlalchemy import create_engine, func, select

from schemas.replays import RunReport
from schemas.topics import RUNS
from services.live.core.batch import READ
from services.live.store.tables import events, frictions, offsets, run_events
from tests.conftest import MakeBroker, free_port
from tests.live.given import Given, event, friction, journey, report

PARTITIONS = 2
START_SECONDS = 120.0


@pytest.fixture(scope="module")
def bootstrap(make_broker: MakeBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker of our own: the names of the topics are fixed."""
    with make_broker(tmp_path_factory.mktemp("live-broker"), None) as running:
        yield running.bootstrap


class Live(NamedTuple):
    """The service as its user starts it."""

    bootstrap: str
    folder: Path
    port: int

    @property
    def database(self) -> str:
        return f"sqlite:///{self.folder}/live.db"

    def start(self, folder: Path | None = None, port: int | None = None) -> "subprocess.Popen[bytes]":
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("JOURNEYLINE_")
        }
        environment |= {
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "JOURNEYLINE_DATA_DIR": str(folder or self.folder),
            "JOURNEYLINE_LIVE_PORT": str(port or self.port),
            "JOURNEYLINE_PARTITIONS": str(PARTITIONS),
        }
        return subprocess.Popen([sys.executable, "-m", "services.live"], env=environment)

    def readiness(self, port: int | None = None) -> dict[str, Any]:
        try:
            document: dict[str, Any] = httpx2.get(f"http://127.0.0.1:{port or self.port}/readyz").json()
        except httpx2.TransportError:
            return {}
        return document


@pytest.fixture
def live(bootstrap: str, tmp_path: Path) -> Live:
    return Live(bootstrap, tmp_path, free_port())


def _wait(until: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not until():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)


def _end(process: "subprocess.Popen[bytes]", signal_: int = signal.SIGTERM) -> int:
    process.send_signal(signal_)
    return process.wait(20)


async def _make_topics(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    missing = set(READ) - set(await admin.list_topics())
    await admin.create_topics(
        [NewTopic(name, 1 if name == RUNS.name else PARTITIONS, 1) for name in sorted(missing)]
    )
    await admin.close()


async def _send(bootstrap: str, *records: Given) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for record in records:
            place = 0 if record.topic == RUNS.name else record.partition
            await producer.send(record.topic, record.value, key=b"k", partition=place)


async def _reports(bootstrap: str) -> list[RunReport]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None)
    await consumer.start()
    consumer.assign([TopicPartition(RUNS.name, 0)])
    fetched = await consumer.getmany(timeout_ms=2_000)
    await consumer.stop()
    return [
        msgspec.json.decode(record.value, type=RunReport)
        for records in fetched.values()
        for record in records
    ]


def _value(database: str, query: Any) -> int:
    engine = create_engine(database)
    with engine.connect() as connection:
        value = connection.execute(query).scalar() or 0
    engine.dispose()
    return int(value)


def _events(run: str, number: int) -> list[Given]:
    """Each is there twice, on both partitions' turns; half belong to the run."""
    many = [event("call.queued", f"s{n}", seconds=n, id=f"{run}-{n}", replay=run) for n in range(number)]
    return [record._replace(partition=n % PARTITIONS) for n, record in enumerate(many)]


async def test_killed_at_any_time_every_record_counts_once(live: Live) -> None:
    await _make_topics(live.bootstrap)
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    total = 0
    for kill in range(5):
        process = live.start()
        if kill == 0:
            _wait(lambda: live.readiness().get("projector") == "reading", "it projects")
        records = _events(f"kills-{kill}", 4_000)
        total += len(records)
        await _send(live.bootstrap, *records, *records[:100], friction(f"f{kill}"))
        time.sleep(chance.uniform(0, 1.2))
        _end(process, signal.SIGKILL)
    process = live.start()
    counted = select(func.sum(run_events.c.events))
    # The run's counter adds up: a record that counted twice would show in it.
    _wait(lambda: _value(live.database, counted) >= total + 500, "all is projected")
    _wait(lambda: live.readiness().get("lag_records") == 0, "nothing is left")
    assert _end(process) in (0, -signal.SIGTERM)
    assert _value(live.database, counted) == total + 500
    assert _value(live.database, select(func.count()).select_from(events)) == total
    assert _value(live.database, select(func.count()).select_from(frictions)) == 5


async def test_it_reports_a_run_that_is_projected_even_after_a_restart(live: Live) -> None:
    await _make_topics(live.bootstrap)
    parts = [f"{stage}/{p}" for stage in ("contacts", "customers") for p in range(PARTITIONS)]
    process = live.start()
    _wait(lambda: live.readiness().get("projector") == "reading", "it projects")
    await _send(live.bootstrap, *_events("run-1", 50), *(report("run-1", part) for part in parts[:-1]))
    _wait(
        lambda: _value(live.database, select(run_events.c.events).where(run_events.c.run == "run-1")),
        "it counts",
    )
    _end(process, signal.SIGKILL)
    assert not [
        done
        for done in await _reports(live.bootstrap)
        if done.run == "run-1" and done.part.startswith("live/")
    ]
    await _send(live.bootstrap, report("run-1", parts[-1]))
    process = live.start()
    assert await _told_of("run-1", live, 1) == [(50, True)]
    await _send(live.bootstrap, report("run-1", parts[0], done=False))
    assert await _told_of("run-1", live, 2) == [(50, True), (50, False)]
    more = event("call.queued", "s50", id="run-1-50", replay="run-1")
    await _send(live.bootstrap, more, report("run-1", parts[0]))
    assert await _told_of("run-1", live, 3) == [(50, True), (50, False), (51, True)]
    _end(process)


async def _told_of(run: str, live: Live, count: int) -> list[tuple[int, bool]]:
    """What it has said of a run, once it has spoken so often: events, and whether all is projected."""
    mine: list[RunReport] = []
    deadline = time.monotonic() + START_SECONDS
    while len(mine) < count and time.monotonic() < deadline:
        mine = [
            one for one in await _reports(live.bootstrap) if one.run == run and one.part.startswith("live/")
        ]
    return [(one.events, one.done) for one in mine]


async def test_a_second_process_serves_and_takes_over(live: Live) -> None:
    await _make_topics(live.bootstrap)
    first, port = live.start(), free_port()
    _wait(lambda: live.readiness().get("projector") == "reading", "the first projects")
    second = live.start(port=port)
    _wait(lambda: live.readiness(port).get("projector") == "standby", "the second stands by")
    assert live.readiness(port)["ready"]
    _end(first, signal.SIGKILL)
    _wait(lambda: live.readiness(port).get("projector") == "reading", "the second takes over")
    await _send(live.bootstrap, journey("after the kill"))
    url = f"http://127.0.0.1:{port}/v1/journeys/after the kill"
    _wait(lambda: httpx2.get(url).status_code == 200, "it projects what comes")
    _end(second)


async def test_it_stops_when_the_topics_are_not_those_it_came_from(live: Live) -> None:
    await _make_topics(live.bootstrap)
    process = live.start()
    _wait(lambda: live.readiness().get("projector") == "reading", "it projects")
    _end(process)
    engine = create_engine(live.database)
    with engine.begin() as connection:
        ahead = {"topic": "journeys", "partition": 0, "next_offset": 10**9}
        connection.execute(offsets.delete())
        connection.execute(offsets.insert().values(**ahead))
    engine.dispose()
    assert live.start().wait(START_SECONDS) == 70


def test_it_serves_before_the_broker_is_there(tmp_path: Path) -> None:
    live = Live(f"127.0.0.1:{free_port()}", tmp_path, free_port())
    process = live.start()
    _wait(lambda: live.readiness().get("projector") == "waiting", "it waits for Kafka")
    assert live.readiness()["ready"]
    assert httpx2.get(f"http://127.0.0.1:{live.port}/v1/journeys").json()["total"] == 0
    _end(process)


def test_it_says_which_setting_is_wrong(tmp_path: Path) -> None:
    environment = {**os.environ, "JOURNEYLINE_LIVE_PORT": "zero", "JOURNEYLINE_DATA_DIR": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-m", "services.live"], env=environment, capture_output=True, check=False
    )
    assert ended.returncode == 1
    assert b"JOURNEYLINE_LIVE_PORT" in ended.stderr
