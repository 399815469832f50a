"""Writing whole batches, every future awaited."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from services.stream.stage import Output


class Fenced(Exception):
    """Somebody else wrote to our changelog: this process has lost the partition without knowing."""


class TooLarge(Exception):
    """A single record exceeds what a broker takes."""


Item = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]


#: One batch of a partition is under way at a time. Tasks that want the same one queue here, in order:
#: aiokafka lets them race for the place, and counts the losers' waiting more than once.
_turns: defaultdict[tuple[str, int], asyncio.Lock] = defaultdict(asyncio.Lock)


async def send_outputs(producer: Any, outputs: Iterable[Output]) -> None:
    """Outputs, grouped by where they go; returns when all replicas have all of them."""
    groups: defaultdict[tuple[str, int], list[Item]] = defaultdict(list)
    for output in outputs:
        groups[output.topic, output.partition].append((output.key, output.value, []))
    await asyncio.gather(
        *(send_batches(producer, topic, partition, items) for (topic, partition), items in groups.items())
    )


async def send_batches(producer: Any, topic: str, partition: int, items: list[Item]) -> tuple[int, int]:
    """Writes the items in order; returns the offsets of the first and the last one."""
    async with _turns[topic, partition]:
        sent = [
            (batch, await producer.send_batch(batch, topic, partition=partition))
            for batch in _build(producer, items)
        ]
    first: int | None = None
    expected: int | None = None
    for batch, future in sent:
        offset = (await future).offset
        first = offset if first is None else first
        if expected is not None and offset != expected:
            raise Fenced(f"{topic}/{partition}: expected offset {expected}, got {offset}")
        expected = offset + batch.record_count()
    assert first is not None, "an empty batch was sent"
    assert expected is not None
    return first, expected - 1


def _build(producer: Any, items: list[Item]) -> list[Any]:
    batches = [producer.create_batch()]
    for key, value, headers in items:
        if batches[-1].append(key=key, value=value, timestamp=None, headers=headers) is None:
            batches[-1].close()
            batches.append(producer.create_batch())
            if batches[-1].append(key=key, value=value, timestamp=None, headers=headers) is None:
                raise TooLarge(f"a record of {len(value or b'')} bytes does not fit into a batch")
    batches[-1].close()
    return batches
