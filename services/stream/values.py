"""A stored value: a header that the runtime needs, then the stage's own bytes.

The version is (group generation, batch number) of the write. It compares as bytes, and on restore
the greater one holds, so a late write of a worker that had lost its partition changes nothing.
"""

import struct
import time
from hashlib import blake2b
from typing import NamedTuple

_HEADER = struct.Struct(">12sqQ")
_VERSION = struct.Struct(">IQ")
_VERSION_BYTES = 12
#: 2020-01-01. Numbers of batches fit into 64 bits with a sign until 2088.
GENERATIONS_BEGAN = 1_577_836_800

#: The clock that deadlines run on unless a stage opened another one.
WALL = ""
NEVER = -(2**63)


class Value(NamedTuple):
    """`due_us` on `clock` (a hash of its name) is when the key wants to be woken; `NEVER`: not at all."""

    version: bytes
    due_us: int
    clock: int
    body: bytes


def version(generation: int, batch: int) -> bytes:
    return _VERSION.pack(generation, batch)


def clock_id(name: str) -> int:
    return 0 if name == WALL else int.from_bytes(blake2b(name.encode(), digest_size=8).digest())


def pack(at_version: bytes, due_us: int, clock: int, body: bytes) -> bytes:
    return _HEADER.pack(at_version, due_us, clock) + body


def header(stored: bytes) -> tuple[bytes, int, int]:
    """Version, deadline and clock: what restoring a partition reads of each of its values."""
    return _HEADER.unpack_from(stored)


def unpack(stored: bytes) -> Value:
    return Value(*header(stored), body_of(stored))


def body_of(stored: bytes) -> bytes:
    return stored[_HEADER.size :]


def version_of(stored: bytes) -> bytes:
    return stored[:_VERSION_BYTES]


def next_generation(of_group: int, newest: bytes) -> int:
    """Of who takes a partition over whose newest version is this (empty for none).

    Greater than any before, also of what nobody knows of any more: a group that was forgotten counts from
    one again, and a broker may have lost the end of the log, which others have read. So the time counts, too,
    in seconds.
    """
    return max(of_group, int.from_bytes(newest[:4]) + 1, int(time.time()) - GENERATIONS_BEGAN)


def order_of(at_version: bytes) -> int:
    """One number for it, as great as it is late."""
    return int.from_bytes(at_version[:4]) << 32 | int.from_bytes(at_version[4:])
