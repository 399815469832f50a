"""Consumer groups: partitions are shared out, handed over, kept by name, and closed to the evicted."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import IllegalGenerationError, UnknownMemberIdError, for_code
from aiokafka.protocol.commit import OffsetCommitRequest

from tests.contract.clients import (
    admin,
    committed,
    consumer,
    eventually,
    new_group,
    new_topic,
    partitions_of,
    put,
    share_all,
    take,
)

# The shortest session a broker allows by default.
SESSION = {"session_timeout_ms": 6000, "heartbeat_interval_ms": 200}
KILLED_MEMBER = """
import asyncio, sys
from aiokafka import AIOKafkaConsumer
async def main(bootstrap, topic, group, name):
    async with AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, group_id=group,
            group_instance_id=name or None, session_timeout_ms=6000, heartbeat_interval_ms=200) as member:
        print("joined", flush=True)
        await asyncio.sleep(600)
asyncio.run(main(*sys.argv[1:]))
"""


@contextlib.asynccontextmanager
async def member(broker: str, topic: str, group: str, name: str | None = None) -> AsyncIterator[Any]:
    async with consumer(broker, topic, group_id=group, group_instance_id=name, **SESSION) as client:
        yield client


async def commit_as(broker: str, group: str, generation: int, member_id: str, topic: str) -> None:
    """A commit with an identity of the past, as a worker sends it that slept through its eviction."""
    client = AIOKafkaClient(bootstrap_servers=broker)
    await client.bootstrap()
    try:
        request = OffsetCommitRequest(group, generation, member_id, -1, [(topic, [(0, 99, "")])])
        answer = await client.send(client.get_random_node(), request)
    finally:
        await client.close()
    code = answer.topics[0][1][0][1]
    if code:
        raise for_code(code)


def identity(client: Any) -> tuple[int, str]:
    return client._coordinator.generation, client._coordinator.member_id


async def test_it_splits_the_partitions_between_two_members(broker: str) -> None:
    topic, group = new_topic(broker, partitions=8), new_group()
    async with member(broker, topic, group) as one, member(broker, topic, group) as two:
        await eventually("eight partitions shared", lambda: share_all([one, two], 8))
        assert len(partitions_of(one)) == len(partitions_of(two)) == 4


async def test_it_gives_everything_to_the_one_who_stays(broker: str) -> None:
    topic, group = new_topic(broker, partitions=8), new_group()
    async with member(broker, topic, group) as stays:
        async with member(broker, topic, group) as leaves:
            await eventually("eight partitions shared", lambda: share_all([stays, leaves], 8))
        await eventually("all partitions with one", lambda: share_all([stays], 8), 5)


@contextlib.asynccontextmanager
async def doomed_member(broker: str, topic: str, group: str, name: str = "") -> AsyncIterator[Any]:
    """A member in a process of its own, to be killed without a farewell."""
    command = [sys.executable, "-c", KILLED_MEMBER, broker, topic, group, name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert await asyncio.to_thread(process.stdout.readline) == "joined\n"
            yield process
        finally:
            process.kill()


@pytest.mark.embedded_lacks("notices a dead member only when another one joins")
async def test_it_takes_the_partitions_of_a_killed_member_after_its_session(broker: str) -> None:
    topic, group = new_topic(broker, partitions=4), new_group()
    async with member(broker, topic, group) as survives:
        async with doomed_member(broker, topic, group):
            await eventually("two partitions each", lambda: len(partitions_of(survives)) == 2)
        await eventually("all partitions back", lambda: share_all([survives], 4), 8)


async def test_it_lets_a_killed_worker_return_under_its_name(broker: str) -> None:
    """The usual restart: the successor is there before the session of the dead one has ended."""
    topic, group = new_topic(broker, partitions=4), new_group()
    async with doomed_member(broker, topic, group, "worker-1"):
        pass
    async with member(broker, topic, group, "worker-1") as successor:
        await eventually("all partitions", lambda: share_all([successor], 4), 5)


@pytest.mark.embedded_lacks("lets a nameless successor wait for the dead member, whose session never ends")
async def test_it_lets_a_nameless_worker_return_after_the_session_of_the_killed_one(broker: str) -> None:
    topic, group = new_topic(broker, partitions=4), new_group()
    async with doomed_member(broker, topic, group):
        pass
    async with asyncio.timeout(9), member(broker, topic, group) as successor:
        await eventually("all partitions", lambda: share_all([successor], 4), 8)


async def test_it_gives_a_named_member_its_partitions_back(broker: str) -> None:
    topic, group = new_topic(broker, partitions=8), new_group()
    async with member(broker, topic, group, "a") as stays:
        async with member(broker, topic, group, "b") as restarted:
            await eventually("eight partitions shared", lambda: share_all([stays, restarted], 8))
            before, kept, generation = partitions_of(restarted), partitions_of(stays), identity(stays)[0]
        async with member(broker, topic, group, "b") as back:
            await eventually("the same partitions", lambda: partitions_of(back) == before)
            await asyncio.sleep(0.5)  # two heartbeats: the one who stayed would have heard of a rebalance
            assert partitions_of(stays) == kept
            assert identity(stays)[0] == identity(back)[0] == generation


async def test_it_keeps_the_partitions_of_a_named_member_while_it_restarts(broker: str) -> None:
    topic, group = new_topic(broker, partitions=4), new_group()
    async with member(broker, topic, group, "a") as stays:
        async with member(broker, topic, group, "b") as restarts:
            await eventually("four partitions shared", lambda: share_all([stays, restarts], 4))
        kept = partitions_of(stays)
        await asyncio.sleep(0.5)  # two heartbeats
        assert partitions_of(stays) == kept


async def test_it_returns_the_committed_offset_to_the_next_member(broker: str) -> None:
    topic, group = new_topic(broker), new_group()
    await put(broker, topic, b"a", b"b", b"c")
    async with member(broker, topic, group) as first:
        await take(first, 2)
        await first.commit({TopicPartition(topic, 0): 2})
    async with member(broker, topic, group) as second:
        assert [record.value for record in await take(second, 1)] == [b"c"]
    assert await committed(broker, group, topic) == 2


async def test_it_has_no_offset_for_a_group_that_never_committed(broker: str) -> None:
    assert await committed(broker, new_group(), new_topic(broker)) is None


async def test_it_refuses_a_commit_of_the_generation_before(broker: str) -> None:
    topic, group = new_topic(broker, partitions=2), new_group()
    async with member(broker, topic, group) as one:
        await eventually("alone", lambda: share_all([one], 2))
        generation, member_id = identity(one)
        async with member(broker, topic, group) as two:
            await eventually("shared", lambda: share_all([one, two], 2))
            with pytest.raises(IllegalGenerationError):
                await commit_as(broker, group, generation, member_id, topic)
    assert await committed(broker, group, topic) is None


async def test_it_refuses_a_commit_of_a_member_that_left(broker: str) -> None:
    topic, group = new_topic(broker, partitions=2), new_group()
    async with member(broker, topic, group) as stays:
        async with member(broker, topic, group) as left:
            await eventually("shared", lambda: share_all([stays, left], 2))
            _, member_id = identity(left)
        await eventually("alone", lambda: share_all([stays], 2))
        with pytest.raises(UnknownMemberIdError):
            await commit_as(broker, group, identity(stays)[0], member_id, topic)


async def test_it_notices_partitions_added_to_a_topic_in_use(broker: str) -> None:
    topic, group = new_topic(broker, partitions=2), new_group()
    async with member(broker, topic, group) as client:
        await eventually("two partitions", lambda: share_all([client], 2))
        with admin(broker) as tool:
            tool.create_partitions({topic: 4})
        await eventually("four partitions", lambda: share_all([client], 4), 5)
