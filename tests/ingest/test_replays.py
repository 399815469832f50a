"""Replay runs over HTTP: counted, ended, and reported by every part of the product."""

import asyncio
from collections.abc import Iterable
from uuid import uuid4

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from schemas.replays import RunMark, RunReport
from schemas.topics import REPLAYS, RUNS
from tests.ingest.doors import PARTITIONS, Knocker, door, event, records, until

pytestmark = pytest.mark.usefixtures("kafka")


async def _report(bootstrap: str, reports: Iterable[RunReport]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for report in reports:
            key = f"{report.run}/{report.part}".encode()
            await producer.send_and_wait(RUNS.name, msgspec.json.encode(report), key)


async def _wait_for(knocker: Knocker, run: str, state: str) -> None:
    async def has_come() -> bool:
        return bool((await knocker.get(f"/v1/replays/{run}"))["state"] == state)

    await until(has_come)


async def test_it_does_not_know_a_run_without_events() -> None:
    async with door() as knocker:
        assert (await knocker.http.get("/v1/replays/nothing")).status_code == 404


async def test_it_marks_the_end_of_a_run_in_every_partition(kafka: str) -> None:
    run = f"2026/{uuid4().hex}"
    async with door() as knocker:
        await knocker.post([event(replay=run), event(id="e2", replay=run), event(id="e3")])
        progress = await knocker.get(f"/v1/replays/{run}")
        answer = await knocker.http.post(f"/v1/replays/{run}/end")
    assert (progress["accepted"], progress["state"], answer.status_code) == (2, "open", 202)
    marks = [record for record in await records(kafka, REPLAYS.name) if record.key == run.encode()]
    assert sorted(mark.partition for mark in marks) == list(range(PARTITIONS))
    assert {msgspec.json.decode(mark.value, type=RunMark) for mark in marks} == {RunMark(run=run, ended=True)}


async def test_a_run_that_goes_on_after_its_end_is_open_again() -> None:
    run = uuid4().hex
    async with door() as knocker:
        await knocker.post(event(replay=run))
        await knocker.http.post(f"/v1/replays/{run}/end")
        assert (await knocker.get(f"/v1/replays/{run}"))["state"] == "folding"
        await knocker.post(event(id="e2", replay=run))
        assert (await knocker.get(f"/v1/replays/{run}"))["state"] == "open"


async def test_it_says_how_far_a_run_is(kafka: str) -> None:
    run = uuid4().hex
    done = [
        RunReport(run=run, part=f"{stage}/{number}", events=5, deadlines=1, done=True)
        for stage in ("contacts", "customers")
        for number in range(PARTITIONS)
    ]
    async with door() as knocker:
        await knocker.post(event(replay=run))
        await _report(kafka, done[:-1])
        await _wait_for(knocker, run, "folding")
        await _report(kafka, done[-1:])
        await _wait_for(knocker, run, "folded")
        await _report(kafka, [RunReport(run=run, part="live/a", events=20, done=True)])
        await _wait_for(knocker, run, "projected")
        progress = await knocker.get(f"/v1/replays/{run}")
    counts = {name: progress[name] for name in ("accepted", "folded", "deadlines_open", "projected")}
    assert counts == {"accepted": 1, "folded": 20, "deadlines_open": 8, "projected": 20}


async def test_it_counts_on_after_a_restart(kafka: str) -> None:
    run = uuid4().hex

    async def is_reported() -> bool:
        return any(record.key.startswith(run.encode()) for record in await records(kafka, RUNS.name))

    async with door() as knocker:
        await knocker.post([event(id=str(number), replay=run) for number in range(3)])
        await until(is_reported)
    async with door() as knocker:
        assert (await knocker.get(f"/v1/replays/{run}"))["accepted"] == 3
        await asyncio.gather(*(knocker.post(event(replay=run)) for _ in range(2)))
        assert (await knocker.get(f"/v1/replays/{run}"))["accepted"] == 5
