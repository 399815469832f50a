"""Writing whole batches, every future awaited."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from services.repeats import Header
from services.stream.stage import Output
from services.stream.uptime import uptime_ms


class Fenced(Exception):
    """Somebody else wrote to our changelog: this process has lost the partition without knowing."""


Item = tuple[bytes | None, bytes | None]
Headers = list[Header]
#: Of two kinds of stamps, the broker's.
LOG_APPEND_TIME = 1


#: One batch of a partition is under way at a time. Tasks that want the same one queue here, in order:
#: aiokafka lets them race for the place, and counts the losers' waiting more than once.
_turns: defaultdict[tuple[str, int], asyncio.Lock] = defaultdict(asyncio.Lock)


class Landed(NamedTuple):
    """Where a batch lies: from offset `start` to before `stop`.

    `sent_ms`: when (uptime). `stamped_ms`: by the broker's; None where the stamp is its sender's.
    """

    start: int
    stop: int
    sent_ms: float
    stamped_ms: int | None


async def send_outputs(producer: Any, outputs: Iterable[Output], headers: Headers) -> list[Landed]:
    """Outputs, grouped by where they go; returns when all replicas have all of them."""
    said = list(outputs)
    landed: list[Landed] = []
    for is_last in (False, True):
        together = [output for output in said if output.is_last is is_last]
        landed += await _send_together(producer, together, headers)
    return landed


async def _send_together(producer: Any, outputs: list[Output], headers: Headers) -> list[Landed]:
    groups: defaultdict[tuple[str, int], list[Item]] = defaultdict(list)
    for output in outputs:
        groups[output.topic, output.partition].append((output.key, output.value))
    written = await asyncio.gather(
        *(
            send_batches(producer, topic, partition, items, headers)
            for (topic, partition), items in groups.items()
        )
    )
    return [batch for batches in written for batch in batches]


async def send_batches(
    producer: Any,
    topic: str,
    partition: int,
    items: Iterable[Item],
    headers: Headers | None = None,
    on_deletions: Headers | None = None,
) -> list[Landed]:
    """Writes the items in order; returns where they lie, batch by batch.

    `headers`: of those with a value; `on_deletions`: of those without.
    """
    async with _turns[topic, partition]:
        sent = [
            (batch, uptime_ms(), await producer.send_batch(batch, topic, partition=partition))
            for batch in _build(producer, items, headers or [], on_deletions or [])
        ]
    landed = []
    for batch, sent_ms, future in sent:
        answer = await future
        stamped_ms = answer.timestamp if answer.timestamp_type == LOG_APPEND_TIME else None
        landed.append(Landed(answer.offset, answer.offset + batch.record_count(), sent_ms, stamped_ms))
    return landed


def _build(producer: Any, items: Iterable[Item], with_value: Headers, on_deletions: Headers) -> list[Any]:
    now_ms = int(time.time() * 1000)
    batches = [producer.create_batch()]
    append = batches[-1].append
    for key, value in items:
        headers = on_deletions if value is None else with_value
        if append(key=key, value=value, timestamp=now_ms, headers=headers) is None:
            batches[-1].close()
            batches.append(producer.create_batch())
            append = batches[-1].append
            append(key=key, value=value, timestamp=now_ms, headers=headers)  # the first fits
    batches[-1].close()
    return batches
