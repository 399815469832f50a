"""How a customer lies in his partition: a head, and one entry for each of his contacts."""

import msgspec
from msgspec import Struct

from schemas.frictions import Friction
from schemas.journeys import Journey
from services.journey_builder.core.customer import Told
from services.journey_builder.core.ownership import Entry
from services.stream.stage import Partition

HEAD = b"u"
ENTRY = b"e"


class CustomerHeadState(Struct, array_like=True):
    """What was said of a customer so far."""

    customer_key: str
    tenant: str = ""
    raised: list[Friction] = []
    journeys: list[Journey] = []
    fired_us: int = 0
    told_digest: bytes = b""
    revision: int = 0


class CustomerState:
    """A customer in memory. `changed`: keys of the contacts whose entry this batch has changed."""

    def __init__(self, head: CustomerHeadState, entries: dict[bytes, Entry]) -> None:
        self.head = head
        self.entries = entries
        self.changed: set[bytes] = set()
        self.told = Told()

    def entry(self, contact_key: bytes) -> Entry:
        self.changed.add(contact_key)
        return self.entries.setdefault(contact_key, Entry())


_head = msgspec.msgpack.Decoder(CustomerHeadState)
_entry = msgspec.msgpack.Decoder(Entry)


def load(partition: Partition, customer_key: str) -> CustomerState:
    """A customer's state, from memory, from the store, or new."""
    key = bytes.fromhex(customer_key)
    cached: CustomerState | None = partition.cache.get(key)
    if cached is not None:
        return cached
    stored = partition.get(HEAD + key)
    if stored is None:
        return CustomerState(CustomerHeadState(customer_key), {})
    prefix = ENTRY + key
    entries = {name[len(prefix) :]: _entry.decode(body) for name, body in partition.scan(prefix)}
    return CustomerState(_head.decode(stored), entries)


def save(partition: Partition, state: CustomerState, due_us: int | None, clock: str) -> None:
    key = bytes.fromhex(state.head.customer_key)
    for contact_key in state.changed:
        partition.put(ENTRY + key + contact_key, msgspec.msgpack.encode(state.entries[contact_key]))
    state.changed.clear()
    body = msgspec.msgpack.encode(state.head)
    partition.put(HEAD + key, body, due_us, clock)
    partition.cache.put(key, state, len(body) + 300 * len(state.entries))
