"""Topics: made exactly as asked, described truthfully, and never made by accident."""

import time

import pytest
from aiokafka.errors import UnknownTopicOrPartitionError
from kafka.admin import ConfigResource
from kafka.errors import TopicAlreadyExistsError

from tests.contract.clients import Configs, admin, end_offset, new_topic, producer, put

EVERY_CONFIG = {
    "cleanup.policy": "compact,delete",
    "retention.ms": "123456789",
    "message.timestamp.type": "LogAppendTime",
    "min.compaction.lag.ms": "60000",
    "max.message.bytes": "2097152",
}


def configs_of(bootstrap: str, topic: str) -> Configs:
    with admin(bootstrap) as client:
        found = client.describe_configs([ConfigResource("topic", topic)], config_filter="all")
    return {name: config["value"] for name, config in found["topic"][topic].items()}


def test_it_gives_a_topic_the_partitions_asked_for(broker: str) -> None:
    topic = new_topic(broker, partitions=8)
    with admin(broker) as client:
        (described,) = client.describe_topics([topic])
    assert sorted(p["partition_index"] for p in described["partitions"]) == list(range(8))


@pytest.mark.parametrize("name", EVERY_CONFIG)
def test_it_reads_a_config_back(broker: str, name: str) -> None:
    topic = new_topic(broker, configs={name: EVERY_CONFIG[name]})
    assert configs_of(broker, topic)[name] == EVERY_CONFIG[name]


def test_it_names_the_configs_nobody_set(broker: str) -> None:
    found = configs_of(broker, new_topic(broker))
    assert found["cleanup.policy"] == "delete"
    assert found["message.timestamp.type"] == "CreateTime"
    assert found.keys() >= EVERY_CONFIG.keys()


def test_it_changes_a_config_of_a_living_topic(broker: str) -> None:
    topic = new_topic(broker, configs={"retention.ms": "1000000"})
    with admin(broker) as client:
        client.alter_configs([ConfigResource("topic", topic, {"retention.ms": "2000000"})])
    assert configs_of(broker, topic)["retention.ms"] == "2000000"


def test_it_adds_partitions_to_a_living_topic(broker: str) -> None:
    topic = new_topic(broker, partitions=2)
    with admin(broker) as client:
        client.create_partitions({topic: 4})
        (described,) = client.describe_topics([topic])
    assert len(described["partitions"]) == 4


def test_it_refuses_to_make_a_topic_twice(broker: str) -> None:
    topic = new_topic(broker)
    with admin(broker) as client, pytest.raises(TopicAlreadyExistsError):
        client.create_topics({topic: {"num_partitions": 1, "replication_factor": 1}})


def test_it_deletes_a_topic_with_its_records(broker: str) -> None:
    topic = new_topic(broker)
    with admin(broker) as client:
        client.delete_topics([topic])
        assert topic not in client.list_topics()


async def test_it_refuses_a_record_for_a_topic_that_does_not_exist(broker: str) -> None:
    async with producer(broker, request_timeout_ms=1000) as client:
        with pytest.raises(UnknownTopicOrPartitionError):
            await client.send_and_wait("misspelt-on-write", b"x")


async def test_it_does_not_make_a_topic_because_a_client_names_it(broker: str) -> None:
    async with producer(broker, request_timeout_ms=1000) as client:
        with pytest.raises(UnknownTopicOrPartitionError):
            await client.partitions_for("misspelt-in-metadata")
    with admin(broker) as client:
        assert not [name for name in client.list_topics() if name.startswith("misspelt")]


async def test_it_keeps_partitions_apart(broker: str) -> None:
    topic = new_topic(broker, partitions=3)
    await put(broker, topic, b"a", b"b", partition=1)
    assert [await end_offset(broker, topic, partition) for partition in range(3)] == [0, 2, 0]


def test_it_lists_a_dozen_topics_of_eight_partitions_in_half_a_second(broker: str) -> None:
    names = {f"many-{time.monotonic_ns()}-{number}" for number in range(12)}
    with admin(broker) as client:
        client.create_topics({name: {"num_partitions": 8, "replication_factor": 1} for name in names})
        began = time.monotonic()
        described = client.describe_topics(sorted(names))
        assert time.monotonic() - began < 0.5
    assert [len(topic["partitions"]) for topic in described] == [8] * 12
