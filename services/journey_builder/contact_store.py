"""How a contact lies in its partition: a head with the newest facts, and chunks of older ones."""

import struct
from collections.abc import Iterable

import msgspec

from schemas.frictions import Friction, State
from services.journey_builder.core.contact_state import ContactState, Head
from services.journey_builder.core.facts import Fact
from services.journey_builder.core.rules import KEPT_US
from services.stream.stage import Partition
from services.stream.values import WALL

HEAD = b"c"
CHUNK = b"f"
FRICTION = b"x"
#: About what a friction takes.
FRICTION_BYTES = 600

_head = msgspec.msgpack.Decoder(Head)
_friction = msgspec.msgpack.Decoder(Friction)
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
    raised = [_friction.decode(body) for _, body in partition.scan(FRICTION + key)] if head.raised else []
    return ContactState(key, head, older, raised)


def save(partition: Partition, state: ContactState, due_us: int | None, clock: str) -> None:
    """Writes what changed. Without a deadline it is woken when its time is over, to be forgotten."""
    for number, facts in state.full_chunks.items():
        if facts:
            partition.put(_chunk_key(state.key, number), msgspec.msgpack.encode(facts))
        else:
            partition.delete(_chunk_key(state.key, number))
    state.full_chunks.clear()
    body = msgspec.msgpack.encode(state.head)
    if due_us is None:
        due_us, clock = state.head.received_ms * 1000 + KEPT_US, WALL
    partition.put(HEAD + state.key, body, due_us, clock)
    cost = len(body) * (1 + state.head.chunks) + FRICTION_BYTES * len(state.raised)
    partition.cache.put(state.key, state, cost)


def save_frictions(partition: Partition, state: ContactState, changed: Iterable[Friction]) -> None:
    """Each raised friction has a row of its own: a contact may have thousands."""
    for friction in changed:
        key = FRICTION + state.key + friction.friction_id.encode()
        if friction.state is State.RAISED:
            partition.put(key, msgspec.msgpack.encode(friction))
        else:
            partition.delete(key)


def forget_frictions(partition: Partition, state: ContactState, settled: Iterable[Friction]) -> None:
    for friction in settled:
        partition.delete(FRICTION + state.key + friction.friction_id.encode())


def is_over(state: ContactState) -> bool:
    """Whether nothing was received for so long that the contact may be forgotten."""
    return state.head.fired_us > state.head.received_ms * 1000 + KEPT_US


def forget(partition: Partition, state: ContactState) -> None:
    for number in range(state.head.chunks):
        partition.delete(_chunk_key(state.key, number))
    forget_frictions(partition, state, state.raised)
    partition.delete(HEAD + state.key)
    partition.cache.drop(state.key)


def _chunk_key(key: bytes, number: int) -> bytes:
    return CHUNK + key + struct.pack(">I", number)
