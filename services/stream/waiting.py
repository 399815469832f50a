"""Fetched batches that wait to be folded, and how much memory they may take together."""

import asyncio
import math
import time
from collections import deque
from typing import Any

#: Batches that wait are folded together, so that the state of a busy key is written once for many of its
#: records: as many as are folded in about this time.
FOLD_SECONDS = 0.5
RECORDS_MIN, RECORDS_MAX = 500, 64_000


class Room:
    """Memory that all partitions of a stage share: who finds it full waits until others gave some back.

    Besides, Faust's buffer has up to `stream_buffer_maxsize` batches before this door, and one is in hand.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._used = 0
        self._queue = 0
        self._is_freed = asyncio.Event()

    @property
    def is_tight(self) -> bool:
        """Whether it is more than half full, or somebody waits for it."""
        return self._used > self._limit // 2 or self._queue > 0

    async def take(self, size: int) -> None:
        """One that is larger than the whole room is let in once the room is empty."""
        while self._used and self._used + size > self._limit:
            self._is_freed.clear()
            self._queue += 1
            try:
                await self._is_freed.wait()
            finally:
                self._queue -= 1
        self._used += size

    def give(self, size: int) -> None:
        self._used -= size
        self._is_freed.set()


class Waiting:
    """The batches of one partition, in order. They take room until they are released."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._messages: deque[Any] = deque()
        self._held = 0
        self._records_max = RECORDS_MIN
        #: When nothing was left, the last time (monotonic).
        self._idle_s = -math.inf
        self._is_closed = False
        self._has_news = asyncio.Event()

    def __bool__(self) -> bool:
        return bool(self._messages)

    async def put(self, message: Any) -> None:
        """`serialized_value_size`: of the batch in memory, as the transport has summed it up."""
        size = message.serialized_value_size
        await self._room.take(size)
        if self._is_closed:  # meanwhile the partition went
            self._room.give(size)
            return
        self._held += size
        self._messages.append(message)
        self._has_news.set()

    def nudge(self) -> None:
        """Ends `news`, though nothing came."""
        self._has_news.set()

    async def news(self) -> None:
        """Waits until something is there to do."""
        if not self._messages:
            await self._has_news.wait()
        self._has_news.clear()

    def is_early(self, wait_s: float) -> bool:
        """Whether less than this has passed since nothing was left, and there is room for more."""
        return not self._room.is_tight and time.monotonic() - self._idle_s < wait_s

    def take(self) -> list[Any]:
        """Batches to be folded together: the first, and more up to what is folded in time."""
        taken = [self._messages.popleft()]
        records = len(taken[0].value)
        while self._messages and records + len(self._messages[0].value) <= self._records_max:
            taken.append(self._messages.popleft())
            records += len(taken[-1].value)
        if not self._messages:
            self._idle_s = time.monotonic()
        return taken

    def pace(self, records: int, seconds: float) -> None:
        """So long it took to fold so many."""
        in_time = int(records * FOLD_SECONDS / max(seconds, 1e-6))
        self._records_max = min(max(in_time, RECORDS_MIN), RECORDS_MAX)

    def release(self, messages: list[Any]) -> None:
        """These are done with."""
        size = sum(message.serialized_value_size for message in messages)
        self._held -= size
        self._room.give(size)

    def clear(self) -> list[Any]:
        """Takes all, and releases them."""
        messages = list(self._messages)
        self._messages.clear()
        self.release(messages)
        return messages

    def close(self) -> None:
        """The partition is not ours any more."""
        self._is_closed = True
        self._messages.clear()
        self._room.give(self._held)
        self._held = 0
