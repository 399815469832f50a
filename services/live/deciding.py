"""Writes a person's decisions on who is who to the log, where they count like any event."""

import asyncio
import time
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any
from uuid import uuid4

import msgspec
import orjson
from aiokafka import AIOKafkaProducer
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine

from schemas.codec import parse_event
from schemas.contacts import EventRef
from schemas.data import IDENTIFIER_TYPES
from schemas.events import Event, place_of
from schemas.identities import Decision, Trial
from schemas.partitioning import partition_of
from schemas.topics import CLAIMS, EVENTS
from services.kafka import connection
from services.live.store import identities as store
from services.settings import Settings

#: How long a trial is waited for, and how often it is looked for.
TRIAL_SECONDS = 5.0
LOOK_SECONDS = 0.1

Document = dict[str, Any]


async def publish(settings: Settings, events: Iterable[Document]) -> None:
    """Returns when all in-sync replicas have them. Raises Kafka's errors."""
    parsed = [(parse_event(event), orjson.dumps(event)) for event in events]
    async with AIOKafkaProducer(acks="all", **connection(settings.kafka)) as producer:
        for event, body in parsed:
            home = partition_of(event.key, settings.partitions)
            await producer.send_and_wait(EVENTS[event.channel].name, body, key=event.key, partition=home)


async def try_out(settings: Settings, engine: Engine, events: Iterable[Document]) -> list[Document] | None:
    """What these would change; None where the journey builder does not answer in time."""
    trial = Trial(id=uuid4().hex, decisions=tuple(_decision(parse_event(event)) for event in events))
    async with AIOKafkaProducer(acks="all", **connection(settings.kafka)) as producer:
        await producer.send_and_wait(CLAIMS.name, msgspec.msgpack.encode(trial), partition=0)
    deadline = time.monotonic() + TRIAL_SECONDS
    while (changes := await run_in_threadpool(_look, engine, trial.id)) is None:
        if time.monotonic() > deadline:
            return None
        await asyncio.sleep(LOOK_SECONDS)
    return changes


def _look(engine: Engine, trial_id: str) -> list[Document] | None:
    with engine.connect() as reading:
        return store.trial(reading, trial_id)


def _decision(event: Event) -> Decision:
    named = event.data.identifiers or {}
    values = {kind: [value] if isinstance(value, str) else value for kind, value in named.items()}
    return Decision(
        tenant=event.tenant,
        id=blake2b(event.digest, digest_size=16).digest(),
        is_apart=event.type == "customer.separated",
        event=EventRef(event.at_us, event.sequence, place_of(event.data), event.source, event.id, event.type),
        names=tuple((kind, value) for kind in IDENTIFIER_TYPES for value in values.get(kind, ())),
        by=event.data.agent,
        why=getattr(event.data, "why", None),
    )
