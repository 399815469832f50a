"""Reading: any position can be reached, ends are exact, and a silent partition still reports itself."""

import asyncio
import time

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from tests.contract.clients import consumer, end_offset, eventually, new_topic, producer, put, take


async def test_it_seeks_to_any_offset_and_says_where_it_is(broker: str) -> None:
    topic = new_topic(broker)
    where = TopicPartition(topic, 0)
    await put(broker, topic, *(b"%d" % number for number in range(10)))
    async with consumer(broker) as client:
        client.assign([where])
        for offset in (7, 0, 9):
            client.seek(where, offset)
            (record,) = await take(client, 1)
            assert (record.offset, record.value) == (offset, b"%d" % offset)
            assert await client.position(where) == offset + 1


async def test_it_seeks_into_the_middle_of_a_compressed_batch(broker: str) -> None:
    topic = new_topic(broker)
    where = TopicPartition(topic, 0)
    await put(broker, topic, *(b"%d" % n for n in range(100)), compression_type="zstd", linger_ms=50)
    async with consumer(broker) as client:
        client.assign([where])
        client.seek(where, 57)
        assert [record.offset for record in await take(client, 43)] == list(range(57, 100))


async def test_it_counts_the_end_exactly_after_each_record(broker: str) -> None:
    topic = new_topic(broker)
    for number in range(4):
        assert await end_offset(broker, topic) == number
        await put(broker, topic, b"x")


async def test_it_finds_the_first_offset_at_or_after_a_moment(broker: str) -> None:
    topic = new_topic(broker)
    where = TopicPartition(topic, 0)
    async with producer(broker) as client:
        for at_ms in (1000, 2000, 3000):
            await client.send_and_wait(topic, b"x", timestamp_ms=at_ms)
    async with consumer(broker) as client:
        client.assign([where])
        found = await client.offsets_for_times({where: 1500})
        assert found[where].offset == 1
        assert (await client.offsets_for_times({where: 4000}))[where] is None


async def test_it_tells_a_reader_with_its_first_record_where_the_end_is(broker: str) -> None:
    """A worker that starts knows from this how much is left to fold before it is live."""
    topic = new_topic(broker)
    where = TopicPartition(topic, 0)
    await put(broker, topic, b"1", b"2", b"3")
    async with consumer(broker) as client:
        client.assign([where])
        await take(client, 1)
        assert client.highwater(where) == 3
        await take(client, 2)
        await put(broker, topic, b"4")
        await take(client, 1)
        assert client.highwater(where) == 4


async def test_it_answers_the_polls_of_a_silent_partition(broker: str) -> None:
    topic = new_topic(broker)
    where = TopicPartition(topic, 0)
    await put(broker, topic, b"1")
    async with consumer(broker, fetch_max_wait_ms=100) as client:
        client.assign([where])
        await take(client, 1)
        polled_at = client.last_poll_timestamp(where)
        pending = asyncio.ensure_future(client.getone())
        await eventually("three more polls", lambda: client.last_poll_timestamp(where) > polled_at + 300)
        pending.cancel()
        assert abs(client.last_poll_timestamp(where) - time.time() * 1000) < 1000
        assert client.highwater(where) == await client.position(where) == 1


@pytest.mark.embedded_lacks("answers an empty fetch at once, whatever fetch_max_wait_ms says")
async def test_it_waits_as_long_as_it_is_told_for_a_first_record(broker: str) -> None:
    """A broker that answered empty fetches at once would let idle workers burn a core."""
    topic = new_topic(broker)
    where = TopicPartition(topic, 0)
    await put(broker, topic, b"1")
    async with consumer(broker, fetch_max_wait_ms=400) as client:
        client.assign([where])
        await take(client, 1)
        polls = set()
        began = time.monotonic()
        while time.monotonic() - began < 1.5:
            await client.getmany(timeout_ms=20)
            polls.add(client.last_poll_timestamp(where))
        assert len(polls) <= 6


async def test_it_wakes_a_waiting_reader_for_a_new_record(broker: str) -> None:
    topic = new_topic(broker)
    where = TopicPartition(topic, 0)
    async with consumer(broker, fetch_max_wait_ms=5000) as client, producer(broker) as sender:
        client.assign([where])
        await client.getmany(timeout_ms=300)
        await sender.send_and_wait(topic, b"x")
        began = time.monotonic()
        await take(client, 1)
        assert time.monotonic() - began < 1.0


async def test_it_delivers_a_record_larger_than_the_readers_fetch(broker: str) -> None:
    topic = new_topic(broker)
    await put(broker, topic, b"x" * 500_000, b"y" * 500_000)
    async with consumer(broker, topic, max_partition_fetch_bytes=1000, fetch_max_bytes=1000) as client:
        assert [len(record.value) for record in await take(client, 2)] == [500_000, 500_000]


async def test_it_says_when_an_offset_is_out_of_range(broker: str) -> None:
    topic = new_topic(broker)
    where = TopicPartition(topic, 0)
    await put(broker, topic, b"x")
    async with consumer(broker, auto_offset_reset="none") as client:
        client.assign([where])
        client.seek(where, 100)
        with pytest.raises(OffsetOutOfRangeError):
            await asyncio.wait_for(client.getone(), 5)
