"""Restarts: what was acknowledged is there again, after an orderly stop and after kill -9."""

import asyncio
from typing import NamedTuple

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from kafka.admin import ConfigResource

from services.broker import Broker
from tests.contract.clients import (
    admin,
    committed,
    consumer,
    eventually_async,
    new_group,
    new_topic,
    producer,
    put,
    read_all,
    take,
)

LOSES_THE_LAST_SECOND = "keeps acknowledged writes in memory and saves them about once a second"


def restart(broker: Broker) -> None:
    broker.stop()
    broker.start()
    broker.wait_ready()


def crash(broker: Broker) -> None:
    """kill -9, as the kernel does it when memory is short."""
    process = broker._process
    assert process is not None
    process.kill()
    process.wait()
    broker.start()
    broker.wait_ready()


async def aged(broker: Broker) -> None:
    """Waits until what was just acknowledged is on disk, by the broker's own promise."""
    await asyncio.sleep(broker.durable_after_seconds)


class Memory(NamedTuple):
    """What a broker must still know after a restart."""

    bootstrap: str
    topic: str
    group: str
    records: list[ConsumerRecord]


async def fill(broker: Broker, *, topic_is_old: bool = False) -> Memory:
    at, group = broker.bootstrap, new_group()
    topic = new_topic(at, partitions=3, configs={"message.timestamp.type": "LogAppendTime"})
    if topic_is_old:
        await aged(broker)
    await put(at, topic, b"a", b"b", b"c", compression_type="lz4")
    async with consumer(at, group_id=group) as client:
        client.assign([TopicPartition(topic, 0)])
        await client.commit({TopicPartition(topic, 0): 2})
    return Memory(at, topic, group, await read_all(at, topic))


@pytest.fixture(scope="module")
def restarted(breakable: Broker) -> Memory:
    memory = asyncio.run(fill(breakable))
    restart(breakable)
    return memory


@pytest.fixture(scope="module")
def crashed_at_once(breakable: Broker) -> Memory:
    memory = asyncio.run(fill(breakable, topic_is_old=True))
    crash(breakable)
    return memory


@pytest.fixture(scope="module")
def crashed_later(breakable: Broker) -> Memory:
    memory = asyncio.run(fill(breakable))
    asyncio.run(aged(breakable))
    crash(breakable)
    return memory


async def remembers_the_commit(memory: Memory) -> None:
    # aiokafka takes "still loading" for "nothing committed", so the first answers may be None.
    async def as_committed() -> bool:
        return await committed(memory.bootstrap, memory.group, memory.topic) == 2

    await eventually_async("committed offset 2", as_committed, 3)


async def test_it_keeps_records_over_a_restart(restarted: Memory) -> None:
    assert await read_all(restarted.bootstrap, restarted.topic) == restarted.records


async def test_it_keeps_committed_offsets_over_a_restart(restarted: Memory) -> None:
    await remembers_the_commit(restarted)


def test_it_keeps_configs_over_a_restart(restarted: Memory) -> None:
    with admin(restarted.bootstrap) as client:
        found = client.describe_configs([ConfigResource("topic", restarted.topic)])["topic"][restarted.topic]
    assert found["message.timestamp.type"]["value"] == "LogAppendTime"


@pytest.mark.embedded_lacks(LOSES_THE_LAST_SECOND)
async def test_it_keeps_an_acknowledged_record_over_kill_9(crashed_at_once: Memory) -> None:
    assert await read_all(crashed_at_once.bootstrap, crashed_at_once.topic) == crashed_at_once.records


@pytest.mark.embedded_lacks(LOSES_THE_LAST_SECOND)
async def test_it_keeps_a_committed_offset_over_kill_9(crashed_at_once: Memory) -> None:
    await remembers_the_commit(crashed_at_once)


async def test_it_keeps_records_older_than_its_promise_over_kill_9(crashed_later: Memory) -> None:
    assert await read_all(crashed_later.bootstrap, crashed_later.topic) == crashed_later.records


async def test_it_keeps_offsets_older_than_its_promise_over_kill_9(crashed_later: Memory) -> None:
    await remembers_the_commit(crashed_later)


def test_it_still_makes_no_topic_by_accident_after_kill_9(crashed_later: Memory) -> None:
    with admin(crashed_later.bootstrap) as client:
        found = client.describe_configs([ConfigResource("broker", "1")], config_filter="all")
    assert found["broker"]["1"]["auto.create.topics.enable"]["value"] == "false"


async def test_it_lets_a_living_producer_go_on_after_a_restart(breakable: Broker) -> None:
    topic = new_topic(breakable.bootstrap)
    async with producer(breakable.bootstrap) as client:
        await client.send_and_wait(topic, b"before")
        await asyncio.to_thread(breakable.stop)
        breakable.start()
        await asyncio.to_thread(breakable.wait_ready)
        assert (await client.send_and_wait(topic, b"after")).offset == 1


@pytest.mark.embedded_lacks(
    "forgets the members of a group: a commit fails until the worker has joined again"
)
async def test_it_lets_a_living_member_go_on_after_a_restart(breakable: Broker) -> None:
    at, group = breakable.bootstrap, new_group()
    topic = new_topic(at)
    async with consumer(at, topic, group_id=group) as client:
        await put(at, topic, b"before")
        await take(client, 1)
        await client.commit()
        restart(breakable)
        await put(at, topic, b"after")
        assert [record.value for record in await take(client, 1, 30)] == [b"after"]
        await client.commit()
    assert await committed(at, group, topic) == 2
