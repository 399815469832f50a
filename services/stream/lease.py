"""How long the group surely leaves our partitions to us: a session from the last heartbeat that it answered.

A worker that stood still for longer, or was cut off, says nothing before the group has answered again. Others
may have its partitions by then, have said what it was about to say, and newer things; and what comes last is
what compaction keeps.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from aiokafka.protocol.produce import ProduceRequest

from services.stream.producing import Fenced
from services.stream.uptime import uptime_ms

LOOK_SECONDS = 0.02
#: Of a member that the group does not know, or no longer.
NO_GENERATION = -1


class Lease:
    """Of the whole worker. Renewed by the thread that sends heartbeats."""

    def __init__(self, session_ms: float, on_loss: Callable[[BaseException], None]) -> None:
        self._session_ms, self._on_loss = session_ms, on_loss
        self._renewed_ms = float("-inf")

    def renew(self, sent_ms: float) -> None:
        """The group has answered a heartbeat that was sent at this moment."""
        self._renewed_ms = sent_ms

    @property
    def is_held(self) -> bool:
        return uptime_ms() - self._renewed_ms < self._session_ms

    def follow(self, coordinator: Any) -> None:
        """Is renewed by the heartbeats of an aiokafka group member from now on."""
        beat = coordinator._do_heartbeat

        async def noted() -> Any:
            sent_ms = uptime_ms()
            if is_known := await beat():
                self.renew(sent_ms)
            return is_known

        coordinator._do_heartbeat = noted

    def guard(self, client: Any, generation: Callable[[], int]) -> None:
        """An aiokafka client writes nothing while the lease is not held; if it is lost, the process ends."""
        send = client.send

        async def held(node: Any, request: Any, **options: Any) -> Any:
            if isinstance(request, ProduceRequest) and not self.is_held:
                await self._wait(generation)
            return await send(node, request, **options)

        client.send = held

    async def _wait(self, generation: Callable[[], int]) -> None:
        before = generation()
        while not self.is_held:
            if before == NO_GENERATION or generation() != before:
                self._on_loss(Fenced("the group has let us go while this worker stood still, or was cut off"))
            await asyncio.sleep(LOOK_SECONDS)
