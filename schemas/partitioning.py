"""Key to partition number: the default of Kafka's own clients (murmur2), wherever a key is written."""

from aiokafka.partitioner import murmur2


def partition_of(key: bytes, partitions: int) -> int:
    return int(murmur2(key) & 0x7FFFFFFF) % partitions
