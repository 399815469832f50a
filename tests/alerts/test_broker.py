"""The service as a process, on a broker, with real receivers: each hears of an incident exactly once."""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from schemas.topics import FRICTIONS
from services.alerts.sender import wall_us
from tests.alerts.given import MINUTE, START_US, friction, retracted
from tests.alerts.running import WAIT_SECONDS, Alerts, now, published, send, wait
from tests.conftest import MakeBroker


@pytest.fixture
def bootstrap(make_broker: MakeBroker, tmp_path: Path) -> Iterator[str]:
    """A broker for each test: the names of the topics are fixed, and who comes new reads all of them."""
    with make_broker(tmp_path / "broker", None) as running:
        yield running.bootstrap


@pytest.fixture
def alerts(bootstrap: str, tmp_path: Path) -> Iterator[Alerts]:
    alerts = Alerts(bootstrap, tmp_path)
    yield alerts
    if alerts.process is not None and alerts.process.poll() is None:
        alerts.end(signal.SIGKILL)
    alerts.mail.stop()
    alerts.hook.stop()


async def test_down_receivers_and_a_killed_service_and_still_exactly_once(alerts: Alerts) -> None:
    await send(alerts.bootstrap)
    alerts.start()
    await send(alerts.bootstrap, *(now(f"f{n}", "queue:billing") for n in range(3)))
    wait(lambda: alerts.incidents() and alerts.attempts() >= 2, "both receivers were tried in vain")
    alerts.end(signal.SIGKILL)
    alerts.hook.status = 503
    alerts.hook.start()
    alerts.start()
    wait(lambda: alerts.hook.refused >= 2, "the web-hook has refused")
    alerts.end(signal.SIGKILL)
    alerts.mail.start()
    alerts.start()
    alerts.hook.status = 200
    wait(alerts.is_all_sent, "all is sent")
    alerts.end(signal.SIGKILL)
    alerts.start()
    await send(alerts.bootstrap, now("f9", "queue:billing"))
    wait(lambda: [one["frictions"] for one in alerts.incidents()] == [4], "the next is counted")
    time.sleep(1)
    (incident,) = alerts.incidents()
    key = f"{incident['incident_id']}:first"
    assert alerts.hook.keys == [key] == [body["key"] for _, body in alerts.hook.got]
    assert alerts.mail.ids == [f"<{key.replace(':', '.')}@example.com>"]
    record = (await published(alerts.bootstrap))[incident["incident_id"]]
    assert msgspec.to_builtins(record) == incident
    assert "hunter2" not in (alerts.folder / "alerts.log").read_text()


async def test_killed_before_it_knows_that_it_was_sent_it_sends_the_same_again(alerts: Alerts) -> None:
    await send(alerts.bootstrap)
    alerts.mail.after_data = alerts.kill
    alerts.mail.start()
    alerts.hook.start()
    alerts.start()
    await send(alerts.bootstrap, now("g1", "queue:sales"))
    wait(lambda: alerts.process and alerts.process.poll() is not None, "it is killed")
    alerts.mail.after_data = lambda: None
    alerts.start()
    wait(alerts.is_all_sent, "all is sent")
    assert len(alerts.mail.ids) == 2
    assert len(set(alerts.mail.ids)) == 1
    assert len(set(alerts.hook.keys)) == 1


async def test_replayed_and_stale_frictions_wake_nobody(alerts: Alerts) -> None:
    await send(alerts.bootstrap)
    alerts.mail.start()
    alerts.hook.start()
    alerts.start()
    old = friction("old", (wall_us() - START_US) / 1e6, age=16 * MINUTE, touchpoint="node:old")
    many = [now(f"r{n}", f"node:{n % 7}", replay="bank") for n in range(200)]
    await send(alerts.bootstrap, *many, old)
    await send(alerts.bootstrap, now("r0", "node:0", retracted, replay="bank"), now("new", "node:new"))
    wait(lambda: "node:new" in [one["touchpoint"] for one in alerts.incidents()], "the live one opens")
    wait(alerts.is_all_sent, "all is sent")
    nodes = [one["touchpoint"] for one in alerts.incidents() if one["touchpoint"].startswith("node:")]
    assert nodes == ["node:new"]
    about = [body["incident"]["touchpoint"] for _, body in alerts.hook.got]
    assert [place for place in about if place.startswith("node:")] == ["node:new"]


async def test_on_a_busy_topic_silence_ends_an_incident_too(alerts: Alerts) -> None:
    await send(alerts.bootstrap)
    alerts.quiet_minutes = 1 / 60
    is_over = asyncio.Event()

    async def flow() -> None:
        async with AIOKafkaProducer(bootstrap_servers=alerts.bootstrap) as producer:
            for number in itertools.takewhile(lambda _: not is_over.is_set(), itertools.count()):
                one = now(f"b{number}", "queue:busy" if number else "queue:quiet")
                await producer.send_and_wait(FRICTIONS.name, msgspec.json.encode(one))
                await asyncio.sleep(0.01)

    def states() -> dict[str, str]:
        return {one["touchpoint"]: one["state"] for one in alerts.incidents()}

    await asyncio.to_thread(alerts.start)
    flowing = asyncio.create_task(flow())
    ended = {"queue:quiet": "closed", "queue:busy": "open"}
    try:
        await asyncio.to_thread(wait, lambda: states() == ended, "the quiet one has ended")
    finally:
        is_over.set()
        await flowing


async def test_what_people_do_reaches_the_topic(alerts: Alerts) -> None:
    await send(alerts.bootstrap, now("p1", "page:/move"))
    alerts.start()
    wait(lambda: "page:/move" in [one["touchpoint"] for one in alerts.incidents()], "it opens")
    found = next(one for one in alerts.incidents() if one["touchpoint"] == "page:/move")
    url = f"http://127.0.0.1:{alerts.port}/v1/incidents/{found['incident_id']}/acknowledge"
    httpx2.post(url, json={"by": "Ann"}).raise_for_status()
    record = None
    deadline = time.monotonic() + WAIT_SECONDS
    while (record is None or record.acknowledged_by != "Ann") and time.monotonic() < deadline:
        record = (await published(alerts.bootstrap)).get(found["incident_id"])
    assert record is not None
    assert (record.state, record.acknowledged_by) == ("acknowledged", "Ann")


def test_it_says_which_setting_is_wrong(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "JOURNEYLINE_RECEIVERS": "mailto://hunter2",
        "JOURNEYLINE_DATA_DIR": str(tmp_path),
    }
    ended = subprocess.run(
        [sys.executable, "-m", "services.alerts"], env=environment, capture_output=True, check=False
    )
    assert ended.returncode == 1
    assert b"JOURNEYLINE_RECEIVERS: entry 1" in ended.stderr
    assert b"hunter2" not in ended.stderr
