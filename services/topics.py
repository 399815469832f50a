"""Topics are created here and nowhere else: an auto-created one has the wrong partitions."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.errors import KafkaError

from schemas.topics import TOPICS, Topic
from services.settings import KafkaSettings, Settings

#: A broker that is there answers sooner; a person is waiting.
ANSWER_MS = 8_000


class TopicsError(Exception):
    """The topics cannot be made or read; the text says what to do."""


class Found(NamedTuple):
    partitions: int
    replication: int
    configs: dict[str, str]


def connect(kafka: KafkaSettings) -> KafkaAdminClient:
    password = kafka.sasl_password
    sasl = {
        "sasl_mechanism": kafka.sasl_mechanism or "PLAIN",
        "sasl_plain_username": kafka.sasl_username,
        "sasl_plain_password": password.get_secret_value() if password else None,
    }
    try:
        return KafkaAdminClient(
            bootstrap_servers=kafka.bootstrap_servers,
            bootstrap_timeout_ms=ANSWER_MS,
            security_protocol=kafka.security_protocol,
            ssl_cafile=str(kafka.ssl_cafile) if kafka.ssl_cafile else None,
            **(sasl if kafka.security_protocol.startswith("SASL") else {}),
        )
    except KafkaError as error:
        raise TopicsError(
            f"no Kafka broker answers at {kafka.bootstrap_servers} ({error}); "
            "set KAFKA_BOOTSTRAP_SERVERS, or start one with `journeyline up`"
        ) from None


def create(settings: Settings) -> list[str]:
    """Creates the missing topics; returns their names."""
    admin = connect(settings.kafka)
    try:
        present = set(admin.list_topics())
        missing = [topic for topic in TOPICS if topic.name not in present]
        if missing:
            admin.create_topics([_new(topic, settings) for topic in missing])
        return [topic.name for topic in missing]
    except KafkaError as error:
        raise TopicsError(f"the broker refused to create topics: {error}") from None
    finally:
        admin.close()


def read(settings: Settings, topics: Iterable[Topic] = TOPICS) -> dict[str, Found]:
    """What the broker has of our topics, by name."""
    admin = connect(settings.kafka)
    try:
        present = set(admin.list_topics())
        names = [topic.name for topic in topics if topic.name in present]
        described = {entry["name"]: entry for entry in admin.describe_topics(names)} if names else {}
        configs = _configs(admin, names)
        return {
            name: Found(
                len(entry["partitions"]),
                min((len(part["replica_nodes"]) for part in entry["partitions"]), default=0),
                configs.get(name, {}),
            )
            for name, entry in described.items()
        }
    finally:
        admin.close()


def faults(settings: Settings) -> list[str]:
    """What is wrong with the topics, one sentence each."""
    found = read(settings)
    return [fault for topic in TOPICS for fault in _faults_of(topic, found.get(topic.name), settings)]


def partitions_of(topic: Topic, settings: Settings) -> int:
    return topic.partitions or settings.partitions


def _faults_of(topic: Topic, found: Found | None, settings: Settings) -> Iterable[str]:
    if found is None:
        yield f"{topic.name} is missing: run `journeyline topics create`"
        return
    wanted = partitions_of(topic, settings)
    if found.partitions != wanted:
        yield (
            f"{topic.name} has {found.partitions} partitions, and JOURNEYLINE_PARTITIONS says {wanted}: "
            "set it to what the topics have; partitions of a live log cannot be changed"
        )
    for name, value in topic.configs.items():
        actual = found.configs.get(name)
        if actual is not None and actual != value:
            yield f"{topic.name} has {name}={actual}, and {value} is needed"


def _new(topic: Topic, settings: Settings) -> NewTopic:
    return NewTopic(
        topic.name,
        partitions_of(topic, settings),
        settings.replication_factor,
        topic_configs=topic.configs,
    )


def _configs(admin: KafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    answer: Any = admin.describe_configs(resources) if resources else {}
    return {
        name: {setting: str(entry["value"]) for setting, entry in entries.items()}
        for name, entries in answer.get("topic", {}).items()
    }
