"""How a contact lies in its partition: a head with the newest facts, and chunks of older ones."""

import struct

import msgspec

from services.journey_builder.core.contact_state import ContactState, Head
from services.journey_builder.core.facts import Fact
from services.journey_builder.core.rules import KEPT_US
from services.stream.stage import Partition
from services.stream.values import WALL

HEAD = b"c"
CHUNK = b"f"

_head = msgspec.msgpack.Decoder(Head)
_facts = msgspec.msgpack.Decoder(list[Fact])


def load(partition: Partition, key: bytes) -> ContactState | None:
    """A contact's state, from memory or from the store."""
    cached: ContactState | None = partition.cache.get(key)
    if cached is not None:
        return cached
    stored = partition.get(HEAD + key)
    if stored is None:
        return None
    head = _head.decode(stored)
    older = [
        fact
        for number in range(head.chunks)
        for fact in _facts.decode(partition.get(_chunk_key(key, number)) or b"\x90")
    ]
    return ContactState(key, head, older)


def save(partition: Partition, state: ContactState, due_us: int | None, clock: str) -> None:
    """Writes what changed. Without a deadline it is woken when its time is over, to be forgotten."""
    for number, facts in state.full_chunks.items():
        partition.put(_chunk_key(state.key, number), msgspec.msgpack.encode(facts))
    state.full_chunks.clear()
    body = msgspec.msgpack.encode(state.head)
    if due_us is None and clock == WALL:
        due_us = state.head.received_ms * 1000 + KEPT_US
    partition.put(HEAD + state.key, body, due_us, clock)
    partition.cache.put(state.key, state, len(body) * (1 + state.head.chunks))


def is_over(state: ContactState) -> bool:
    """Whether nothing was received for so long that the contact may be forgotten."""
    return state.head.fired_us > state.head.received_ms * 1000 + KEPT_US


def forget(partition: Partition, state: ContactState) -> None:
    for number in range(state.head.chunks):
        partition.delete(_chunk_key(state.key, number))
    partition.delete(HEAD + state.key)
    partition.cache.drop(state.key)


def _chunk_key(key: bytes, number: int) -> bytes:
    return CHUNK + key + struct.pack(">I", number)
