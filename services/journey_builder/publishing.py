"""Records of public topics: where any Kafka client would put them."""

import msgspec

from schemas import topics
from schemas.frictions import Friction
from schemas.partitioning import partition_of
from services.journey_builder.metrics import FRICTIONS
from services.stream.stage import Partition


def publish(partition: Partition, topic: str, name: str, told: object) -> None:
    key = name.encode()
    partition.send(topic, partition_of(key, partition.count), key, msgspec.json.encode(told))


def publish_friction(partition: Partition, friction: Friction) -> None:
    FRICTIONS.labels(friction.kind.value, friction.state.value).inc()
    publish(partition, topics.FRICTIONS.name, friction.friction_id, friction)
