"""A door to knock at: the app with its lifespan, a client, and what is in its topics."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pydantic import SecretStr

from schemas.topics import EVENTS, QUARANTINED, REPLAYS, RUNS
from services.ingest.api.short_cut import ShortCut
from services.ingest.app import create_app
from services.settings import Settings

PARTITIONS = 4
DEADLINE_S = 60.0

EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "e1",
    "source": "//acme/pbx",
    "type": "call.queued",
    "time": "2026-11-21T10:00:00.123Z",
    "subject": "call-1",
    "data": {"queue": "billing", "identifiers": {"phone": "+14155550101"}},
}


def event(**changes: Any) -> dict[str, Any]:
    return EVENT | changes


def settings(**changes: Any) -> Settings:
    return Settings(partitions=PARTITIONS, **changes)


async def create_topics(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        topics = (*EVENTS.values(), QUARANTINED, REPLAYS, RUNS)
        await admin.create_topics([NewTopic(t.name, t.partitions or PARTITIONS, 1) for t in topics])
    finally:
        await admin.close()


class Knocker:
    """A client of one door."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http

    async def post(self, document: Any, kind: str = "application/json", **params: str) -> httpx2.Response:
        body = document if isinstance(document, bytes) else orjson.dumps(document)
        headers = {"content-type": kind} if kind else {}
        return await self.http.post("/v1/events", content=body, headers=headers, params=params)

    async def get(self, path: str, **params: str) -> Any:
        return (await self.http.get(path, params=params)).json()

    async def ledger(self) -> dict[str, int]:
        """outcome -> events."""
        text = (await self.http.get("/metrics")).text
        rows = [line for line in text.splitlines() if line.startswith("journeyline_ingest_events_total")]
        return {row.split('"')[1]: int(float(row.split()[-1])) for row in rows}


@contextlib.asynccontextmanager
async def door(wait: bool = True, **changes: Any) -> AsyncIterator[Knocker]:
    if "api_key" in changes:
        changes["api_key"] = SecretStr(changes["api_key"])
    app = create_app(settings(**changes))
    transport = httpx2.ASGITransport(app=ShortCut(app), raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://door") as http,
    ):
        knocker = Knocker(http)
        if wait:
            await until(lambda: is_ready(knocker))
            # aiokafka leaks a connection that is cancelled while it is being opened.
            for part in (app.state.door.quarantine, app.state.door.runs):
                await asyncio.wait_for(part.tail.is_caught_up.wait(), DEADLINE_S)
        yield knocker


async def is_ready(knocker: Knocker) -> bool:
    return (await knocker.http.get("/readyz")).status_code == 200


async def until(condition: Callable[[], Any], seconds: float = DEADLINE_S) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.05)


async def records(bootstrap: str, topic: str) -> list[Any]:
    """All records of a topic."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        found = await consumer._client._wait_on_metadata(topic)
        places = [TopicPartition(topic, number) for number in found]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        return [record for place in places for record in await _all_of(consumer, place, ends[place])]
    finally:
        await consumer.stop()


async def _all_of(consumer: Any, place: TopicPartition, end: int) -> list[Any]:
    found: list[Any] = []
    consumer.seek(place, 0)
    while len(found) < end:
        found += (await consumer.getmany(place, timeout_ms=5000)).get(place, [])
    return found


async def events_kept(bootstrap: str, event_id: str) -> list[Any]:
    kept = [record for channel in EVENTS.values() for record in await records(bootstrap, channel.name)]
    return [record for record in kept if orjson.loads(record.value)["id"] == event_id]
