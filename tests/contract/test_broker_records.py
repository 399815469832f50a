"""Records: written once, in order, stamped, bounded in size, and read as they were written."""

import os
import time
from typing import Any

import pytest
from aiokafka.errors import MessageSizeTooLargeError, OutOfOrderSequenceNumber

from tests.contract.clients import end_offset, new_topic, producer, put, read_all

LONG_AGO_MS = 1_000_000_000_000
LOG_APPEND_TIME = 1
CODECS = ["gzip", "lz4", "snappy", "zstd"]
MIB = 1024 * 1024
# A client that leaves the judgement of size to the broker.
UNBOUNDED = {"max_request_size": 64 * MIB}


def batch_of(client: Any, *values: bytes, at_ms: int | None = None) -> Any:
    batch = client.create_batch()
    for value in values:
        assert batch.append(key=b"k", value=value, timestamp=at_ms) is not None
    return batch


async def test_it_gives_an_idempotent_producer_rising_offsets(broker: str) -> None:
    topic = new_topic(broker)
    values = [b"%d" % number for number in range(500)]
    assert await put(broker, topic, *values, linger_ms=2) == list(range(500))
    assert [record.value for record in await read_all(broker, topic)] == values


@pytest.mark.parametrize("codec", [None, *CODECS])
async def test_it_stamps_records_on_arrival_where_the_topic_says_so(broker: str, codec: str | None) -> None:
    topic = new_topic(broker, configs={"message.timestamp.type": "LogAppendTime"})
    began_ms = int(time.time() * 1000)
    async with producer(broker, compression_type=codec) as client:
        told = await client.send_and_wait(topic, b"x", timestamp_ms=LONG_AGO_MS)
        await (await client.send_batch(batch_of(client, b"y", b"z", at_ms=LONG_AGO_MS), topic, partition=0))
    records = await read_all(broker, topic)
    assert told.timestamp_type == LOG_APPEND_TIME
    assert told.timestamp == records[0].timestamp
    assert {record.timestamp_type for record in records} == {LOG_APPEND_TIME}
    assert all(began_ms - 1 <= record.timestamp <= time.time() * 1000 + 1 for record in records)


async def test_it_keeps_the_producers_time_elsewhere(broker: str) -> None:
    topic = new_topic(broker)
    async with producer(broker) as client:
        await client.send_and_wait(topic, b"x", timestamp_ms=LONG_AGO_MS)
    (record,) = await read_all(broker, topic)
    assert (record.timestamp, record.timestamp_type) == (LONG_AGO_MS, 0)


async def test_it_answers_a_batch_with_its_base_offset(broker: str) -> None:
    topic = new_topic(broker)
    async with producer(broker, compression_type="lz4") as client:
        sent = [
            await client.send_batch(batch_of(client, b"a", b"b", b"c"), topic, partition=0),
            await client.send_batch(batch_of(client, b"d", b"e"), topic, partition=0),
            await client.send_batch(batch_of(client, b"f"), topic, partition=0),
        ]
        assert [(await one).offset for one in sent] == [0, 3, 5]
    records = await read_all(broker, topic)
    assert [record.offset for record in records] == list(range(6))
    assert b"".join(record.value for record in records) == b"abcdef"


@pytest.mark.parametrize("codec", CODECS)
async def test_it_keeps_a_compressed_batch_readable(broker: str, codec: str) -> None:
    topic = new_topic(broker)
    values = [b"%06d" % number * 50 for number in range(200)]
    await put(broker, topic, *values, compression_type=codec, linger_ms=5)
    assert [record.value for record in await read_all(broker, topic)] == values


@pytest.mark.parametrize("codec", CODECS)
async def test_it_measures_a_batch_as_compressed(broker: str, codec: str) -> None:
    topic = new_topic(broker, configs={"max.message.bytes": "1048588"})
    large = b"journeyline " * 250_000
    assert await put(broker, topic, large, compression_type=codec, **UNBOUNDED) == [0]
    (record,) = await read_all(broker, topic)
    assert record.value == large


async def test_it_refuses_a_record_over_the_topics_limit(broker: str) -> None:
    topic = new_topic(broker, configs={"max.message.bytes": "2000"})
    async with producer(broker, **UNBOUNDED) as client:
        with pytest.raises(MessageSizeTooLargeError):
            await client.send_and_wait(topic, os.urandom(5000))
    assert await end_offset(broker, topic) == 0


async def test_it_refuses_a_record_over_the_default_limit(broker: str) -> None:
    topic = new_topic(broker)
    async with producer(broker, **UNBOUNDED) as client:
        with pytest.raises(MessageSizeTooLargeError):
            await client.send_and_wait(topic, os.urandom(2 * MIB))


async def test_it_takes_a_large_record_where_the_topic_allows_it(broker: str) -> None:
    topic = new_topic(broker, configs={"max.message.bytes": str(8 * MIB)})
    large = os.urandom(5 * MIB)
    await put(broker, topic, large, **UNBOUNDED)
    (record,) = await read_all(broker, topic)
    assert record.value == large


async def test_it_goes_on_after_a_record_it_refused(broker: str) -> None:
    topic = new_topic(broker, configs={"max.message.bytes": "2000"})
    async with producer(broker, enable_idempotence=False, **UNBOUNDED) as client:
        assert (await client.send_and_wait(topic, b"small")).offset == 0
        with pytest.raises(MessageSizeTooLargeError):
            await client.send_and_wait(topic, os.urandom(5000))
        assert (await client.send_and_wait(topic, b"small")).offset == 1


async def test_it_ends_the_sequence_of_an_idempotent_producer_it_refused_a_record(broker: str) -> None:
    """aiokafka counts the refused record, so that producer is of no more use: size is checked before it."""
    topic = new_topic(broker, configs={"max.message.bytes": "2000"})
    async with producer(broker, **UNBOUNDED) as client:
        await client.send_and_wait(topic, b"small")
        with pytest.raises(MessageSizeTooLargeError):
            await client.send_and_wait(topic, os.urandom(5000))
        with pytest.raises(OutOfOrderSequenceNumber):
            await client.send_and_wait(topic, b"small")
    assert await put(broker, topic, b"from a new producer") == [1]


async def test_it_returns_headers_keys_and_missing_values_as_given(broker: str) -> None:
    topic = new_topic(broker)
    headers = [("traceparent", b"00-\xff\x00"), ("twice", b"1"), ("twice", b""), ("none", None)]
    async with producer(broker) as client:
        await client.send(topic, b"v", headers=headers)
        await client.send(topic, None, key=b"\x00\xff")
        await client.send_and_wait(topic, b"", key=b"")
    first, tombstone, empty = await read_all(broker, topic)
    assert list(first.headers) == headers
    assert (first.key, tombstone.key, tombstone.value) == (None, b"\x00\xff", None)
    assert (empty.key, empty.value) == (b"", b"")


async def test_it_keeps_the_last_value_of_a_key_in_a_compacted_topic(broker: str) -> None:
    configs = {"cleanup.policy": "compact", "min.compaction.lag.ms": "0", "segment.ms": "100"}
    topic = new_topic(broker, configs=configs)
    async with producer(broker) as client:
        for turn in range(20):
            for key in (b"a", b"b", b"c"):
                await client.send(topic, b"%d" % turn, key=key)
        await client.send_and_wait(topic, None, key=b"c")
    last = {record.key: record.value for record in await read_all(broker, topic)}
    assert last == {b"a": b"19", b"b": b"19", b"c": None}
    assert await end_offset(broker, topic) == 61
