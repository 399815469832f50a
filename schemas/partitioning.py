"""Key to partition number: the default of Kafka's own clients (murmur2), wherever a key is written."""

from functools import lru_cache

from aiokafka.partitioner import murmur2


@lru_cache(1 << 17)
def partition_of(key: bytes, partitions: int) -> int:
    # Keys come again all day, and murmur2 in Python costs as much as folding an event.
    return int(murmur2(key) & 0x7FFFFFFF) % partitions
