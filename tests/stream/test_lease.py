"""Nothing is written while others may have our partitions: the worker waits, or ends."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.protocol.coordination import FindCoordinatorRequest
from aiokafka.protocol.produce import ProduceRequest

from services.stream.lease import LOOK_SECONDS, NO_GENERATION, Lease
from services.stream.producing import Fenced
from services.stream.uptime import uptime_ms

SESSION_MS = 60_000
WRITE = ProduceRequest(required_acks=-1, timeout=1, topics=[], transactional_id=None)
FIND = FindCoordinatorRequest(coordinator_key="g", coordinator_type=0)


class Ended(Exception):
    """In place of the end of the process."""


class Group:
    """What the group knows of us, and a client that notes what it sends."""

    def __init__(self) -> None:
        self.generation, self.is_known = 4, True
        self.sent: list[Any] = []
        self.losses: list[BaseException] = []
        self.lease = Lease(SESSION_MS, self._lose)
        self.coordinator, self.client = (
            SimpleNamespace(_do_heartbeat=self._beat),
            SimpleNamespace(send=self._send),
        )
        self.lease.follow(self.coordinator)
        self.lease.guard(self.client, lambda: self.generation)

    def _lose(self, reason: BaseException) -> None:
        self.losses.append(reason)
        raise Ended

    async def _beat(self) -> bool:
        return self.is_known

    async def _send(self, node: Any, request: Any, **_: Any) -> str:
        self.sent.append(request)
        return "answer"

    async def beat(self) -> None:
        await self.coordinator._do_heartbeat()

    async def write(self) -> Any:
        return await self.client.send(0, WRITE)


@pytest.fixture
def group() -> Group:
    return Group()


async def test_it_writes_while_the_group_answers(group: Group) -> None:
    await group.beat()
    assert await group.write() == "answer"
    assert group.sent == [WRITE]


async def test_after_a_pause_it_waits_until_the_group_has_answered(group: Group) -> None:
    group.lease.renew(uptime_ms() - SESSION_MS)
    writing = asyncio.create_task(group.write())
    await asyncio.sleep(3 * LOOK_SECONDS)
    assert group.sent == []
    assert await group.client.send(0, FIND) == "answer"
    await group.beat()
    assert await writing == "answer"
    assert group.sent[-1] is WRITE


@pytest.mark.parametrize("generation", [NO_GENERATION, 5])
async def test_if_the_group_has_let_it_go_it_ends_and_wrote_nothing(group: Group, generation: int) -> None:
    group.is_known = False
    await group.beat()
    writing = asyncio.create_task(group.write())
    await asyncio.sleep(2 * LOOK_SECONDS)
    group.generation = generation
    with pytest.raises(Ended):
        await writing
    assert [type(loss) for loss in group.losses] == [Fenced]
    assert group.sent == []


async def test_a_heartbeat_counts_from_when_it_was_sent(group: Group) -> None:
    """The group may have answered long ago."""
    lease = Lease(40, group._lose)

    async def slow() -> bool:
        await asyncio.sleep(0.05)
        return True

    coordinator = SimpleNamespace(_do_heartbeat=slow)
    lease.follow(coordinator)
    await coordinator._do_heartbeat()
    assert not lease.is_held
