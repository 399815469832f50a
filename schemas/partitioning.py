"""Key to partition number: the default of Kafka's own clients (murmur2); for keys that are hashes already,
which only the stages and readers of internal topics write, their first digits."""

from functools import cache, lru_cache
from struct import Struct

_M = 0x5BD1E995
_SEED = 0x9747B28C
_MASK = 0xFFFFFFFF


@lru_cache(1 << 17)
def partition_of(key: bytes, partitions: int) -> int:
    # Keys come again all day, and murmur2 in Python costs as much as folding an event.
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def home_of(digest: str, partitions: int) -> int:
    """`digest`: a hash in hexadecimal, such as the key of a customer."""
    return int(digest[:8], 16) % partitions


def murmur2(data: bytes) -> int:
    """Word by word: at a third of the cost of aiokafka's own, which goes byte by byte."""
    length = len(data)
    words = length >> 2
    state = _SEED ^ length
    for word in _words(words).unpack_from(data):
        word = word * _M & _MASK
        state = state * _M & _MASK ^ (word ^ word >> 24) * _M & _MASK
    if rest := data[words << 2 :]:
        state = (state ^ int.from_bytes(rest, "little")) * _M & _MASK
    state = (state ^ state >> 13) * _M & _MASK
    return state ^ state >> 15


@cache
def _words(count: int) -> Struct:
    return Struct(f"<{count}I")
