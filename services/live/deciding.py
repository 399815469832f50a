"""Writes a person's decisions on who is who to the log, where they count like any event."""

from collections.abc import Iterable
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from schemas.codec import parse_event
from schemas.partitioning import partition_of
from schemas.topics import EVENTS
from services.kafka import connection
from services.settings import Settings


async def publish(settings: Settings, events: Iterable[dict[str, Any]]) -> None:
    """Returns when all in-sync replicas have them. Raises `InvalidEvent`, or Kafka's errors."""
    parsed = [(parse_event(event), orjson.dumps(event)) for event in events]
    async with AIOKafkaProducer(acks="all", **connection(settings.kafka)) as producer:
        for event, body in parsed:
            home = partition_of(event.key, settings.partitions)
            await producer.send_and_wait(EVENTS[event.channel].name, body, key=event.key, partition=home)
