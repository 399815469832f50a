"""Writing whole batches, every future awaited."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from services.repeats import Header
from services.stream.stage import Output


class Fenced(Exception):
    """Somebody else wrote to our changelog: this process has lost the partition without knowing."""


Item = tuple[bytes | None, bytes | None]
Headers = list[Header]


#: One batch of a partition is under way at a time. Tasks that want the same one queue here, in order:
#: aiokafka lets them race for the place, and counts the losers' waiting more than once.
_turns: defaultdict[tuple[str, int], asyncio.Lock] = defaultdict(asyncio.Lock)


async def send_outputs(producer: Any, outputs: Iterable[Output], headers: Headers) -> None:
    """Outputs, grouped by where they go; returns when all replicas have all of them."""
    said = list(outputs)
    for is_last in (False, True):
        await _send_together(producer, [output for output in said if output.is_last is is_last], headers)


async def _send_together(producer: Any, outputs: list[Output], headers: Headers) -> None:
    groups: defaultdict[tuple[str, int], list[Item]] = defaultdict(list)
    for output in outputs:
        groups[output.topic, output.partition].append((output.key, output.value))
    await asyncio.gather(
        *(
            send_batches(producer, topic, partition, items, headers)
            for (topic, partition), items in groups.items()
        )
    )


async def send_batches(
    producer: Any,
    topic: str,
    partition: int,
    items: Iterable[Item],
    headers: Headers | None = None,
    on_deletions: Headers | None = None,
) -> list[range]:
    """Writes the items in order; returns the offsets they got, batch by batch.

    `headers`: of those with a value; `on_deletions`: of those without.
    """
    async with _turns[topic, partition]:
        sent = [
            (batch, await producer.send_batch(batch, topic, partition=partition))
            for batch in _build(producer, items, headers or [], on_deletions or [])
        ]
    offsets = []
    for batch, future in sent:
        first = (await future).offset
        offsets.append(range(first, first + batch.record_count()))
    return offsets


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
