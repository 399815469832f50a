"""Wakes: records that a worker writes to its own partition when deadlines are passed."""

import msgspec
from msgspec import Struct

from services.stream.values import WALL, clock_id


class Wake(Struct, frozen=True, array_like=True):
    """A record of a stage's topic of wakes: these keys' deadlines are passed on this clock."""

    clock: int
    clock_us: int
    keys: tuple[bytes, ...]


_wake = msgspec.msgpack.Decoder(Wake)


def write_wake(wake: Wake) -> bytes:
    return msgspec.msgpack.encode(wake)


def read_wake(value: bytes, written_ms: int) -> Wake:
    """A worker whose clock is ahead of the broker's writes wakes too early: no deadline before its time."""
    wake = _wake.decode(value)
    if wake.clock != clock_id(WALL):
        return wake
    return Wake(wake.clock, min(wake.clock_us, written_ms * 1000), wake.keys)
