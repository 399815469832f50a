"""How a customer lies in his partition: in one row while he is small, as most are for ever. One who has
grown has a row for each contact, friction and journey of his, so that not all is written each time."""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from schemas.data import Contact
from schemas.frictions import Friction, State
from schemas.journeys import Journey, JourneyState
from services.journey_builder.core.contact import BEFORE_ALL_US
from services.journey_builder.core.customer import Told
from services.journey_builder.core.ownership import Entry, Pointer
from services.journey_builder.core.rules import HORIZON_US, KEPT_US
from services.journey_builder.customer_waits import wait_on
from services.stream.stage import Partition
from services.stream.values import WALL

HEAD = b"u"
ROW = b"e"
#: Outlives the customer's contacts: who he is does not lapse with them.
POINTER = b"a"
#: What is left of one who is forgotten: that readers know him, for a merge or separation years later.
TOLD = b"t"
#: After the customer's key: what a row holds.
CONTACT, FRICTION, JOURNEY = b"c", b"f", b"j"
#: About what a contact, a friction or a journey takes.
ROW_BYTES = 400
#: Up to so many of them, and so many bytes, all are in one row.
TOGETHER_MAX = 12
TOGETHER_BYTES = 8 * 1024


class CustomerHeadState(Struct, array_like=True, gc=False):
    """What was said of a customer so far."""

    customer_key: str
    tenant: str = ""
    fired_us: int = BEFORE_ALL_US
    received_ms: int = 0
    truncated: bool = False
    told_digest: bytes = b""
    revision: int = 0
    #: Whether his contacts, frictions and journeys have rows of their own.
    is_spread: bool = False
    #: Clocks that rows of their own wait on.
    waits: tuple[str, ...] = ()


class Customer(Struct, array_like=True, gc=False):
    """The row of a customer; all but the head are empty where they are spread."""

    head: CustomerHeadState
    entries: dict[bytes, Entry] = {}
    raised: list[Friction] = []
    journeys: list[Journey] = []


class CustomerState:
    """A customer in memory. `changed`: keys of the contacts whose entry this batch has changed."""

    def __init__(
        self,
        head: CustomerHeadState,
        entries: dict[bytes, Entry],
        raised: list[Friction] | None = None,
        journeys: list[Journey] | None = None,
        pointer: Pointer | None = None,
    ) -> None:
        self.head = head
        #: What his rows are stored under.
        self.key = bytes.fromhex(head.customer_key)
        #: Whose his contacts are, once that was ever said.
        self.pointer = pointer
        self.entries = entries
        self.raised = raised or []
        self.journeys = journeys or []
        self.changed: set[bytes] = set()
        #: Contacts that were handed over in this batch: what holds of them is said again.
        self.repeated: set[Contact] = set()
        #: Journeys that such contacts opened with another customer, and that ceased.
        self.inherited: dict[Contact, Journey] = {}
        #: Of this batch, by opener: journeys that ceased and have no successor among his own.
        self.ended: dict[Contact, Journey] = {}
        self.told = Told()
        own = (entry.summary for entry in entries.values())
        self._newest_us = max((one.last_us for one in own if one and one.is_contact), default=BEFORE_ALL_US)

    def entry(self, contact_key: bytes) -> Entry:
        self.changed.add(contact_key)
        return self.entries.setdefault(contact_key, Entry())

    def note_return(self, entry: Entry, was_his: bool) -> None:
        """A contact that is his again is told again: another may have spoken of it meanwhile, and fallen
        silent while it went in a circle."""
        if entry.summary is not None and not was_his and entry.heads:
            self.repeated.add(entry.summary.contact)

    def admit(self, entry: Entry) -> None:
        """A contact that ended over the horizon ago when it came joins nothing. One that is in stays in."""
        summary = entry.summary
        if summary is not None and summary.is_contact:
            self._newest_us = max(self._newest_us, summary.last_us)
            entry.is_beyond = not entry.in_time and self._newest_us - summary.end_us > HORIZON_US
            entry.in_time = not entry.is_beyond

    @property
    def merged_into(self) -> str | None:
        """The other customer who has all his contacts."""
        target = self._only_contact_is_of if self.pointer is None else self.pointer.target
        return None if target == self.head.customer_key else target

    @property
    def _only_contact_is_of(self) -> str | None:
        """Of a customer who is known by nothing but a contact: whoever named himself in it later."""
        if len(self.entries) != 1:
            return None
        (entry,) = self.entries.values()
        return None if entry.rest or entry.newest is None else entry.newest.customer_key

    @property
    def is_known(self) -> bool:
        """By more than a contact of his."""
        return self.pointer is not None or any(
            one.summary and one.summary.rest for one in self.entries.values()
        )

    @property
    def is_over(self) -> bool:
        """Whether nothing was received for so long that the customer may be forgotten."""
        return self.head.fired_us > self.head.received_ms * 1000 + KEPT_US


_customer = msgspec.msgpack.Decoder(Customer)
_head = msgspec.msgpack.Decoder(CustomerHeadState)
_entry = msgspec.msgpack.Decoder(Entry)
_friction = msgspec.msgpack.Decoder(Friction)
_journey = msgspec.msgpack.Decoder(Journey)
_pointer = msgspec.msgpack.Decoder(Pointer)


def load(partition: Partition, customer_key: str) -> CustomerState:
    """A customer's state, from memory, from the store, or new."""
    key = bytes.fromhex(customer_key)
    cached: CustomerState | None = partition.cache.get(key)
    if cached is not None:
        return cached
    said = partition.get(POINTER + key)
    pointer = None if said is None else _pointer.decode(said)
    stored = partition.get(HEAD + key)
    if stored is None:
        told = partition.get(TOLD + key)
        head = CustomerHeadState(customer_key) if told is None else _head.decode(told)
        return CustomerState(head, {}, pointer=pointer)
    row = _customer.decode(stored)
    if row.head.is_spread:
        _gather(partition, row)
    return CustomerState(row.head, row.entries, row.raised, row.journeys, pointer)


def _gather(partition: Partition, row: Customer) -> None:
    prefix = ROW + bytes.fromhex(row.head.customer_key)
    for name, body in partition.scan(prefix):
        kind, name = name[len(prefix) : len(prefix) + 1], name[len(prefix) + 1 :]
        if kind == CONTACT:
            row.entries[name] = _entry.decode(body)
        elif kind == FRICTION:
            row.raised.append(_friction.decode(body))
        else:
            row.journeys.append(_journey.decode(body))


def save(partition: Partition, state: CustomerState, due_us: Mapping[str, int]) -> None:
    """Writes what changed. `due_us`: by clock. Without any he is woken when he is to be forgotten."""
    head, key = state.head, state.key
    clock = min(due_us, default=WALL)
    others = {other: due_us[other] for other in due_us if other != clock}
    head.waits = wait_on(partition, key, head.waits, others)
    rows = len(state.entries) + len(state.raised) + len(state.journeys)
    body = None if head.is_spread or rows > TOGETHER_MAX else _together(state)
    if body is None and not head.is_spread:
        head.is_spread = True
        state.changed.update(state.entries)
        save_frictions(partition, state, state.raised)
        for journey in state.journeys:
            save_journey(partition, state, journey)
    if body is None:
        _save_contacts(partition, state)
        body = msgspec.msgpack.encode(Customer(head))
    state.changed.clear()
    state.repeated.clear()
    state.inherited.clear()
    partition.put(HEAD + key, body, due_us.get(clock, head.received_ms * 1000 + KEPT_US), clock)
    partition.cache.put(key, state, ROW_BYTES * (1 + rows))


def _together(state: CustomerState) -> bytes | None:
    """All of a customer, unless that is too much for one row."""
    row = Customer(state.head, state.entries, state.raised, state.journeys)
    body = msgspec.msgpack.encode(row)
    return body if len(body) <= TOGETHER_BYTES else None


def _save_contacts(partition: Partition, state: CustomerState) -> None:
    prefix = ROW + state.key + CONTACT
    for contact_key in state.changed:
        if contact_key in state.entries:
            partition.put(prefix + contact_key, msgspec.msgpack.encode(state.entries[contact_key]))
        else:
            partition.delete(prefix + contact_key)


def save_pointer(partition: Partition, state: CustomerState) -> None:
    partition.put(POINTER + state.key, msgspec.msgpack.encode(state.pointer))


def save_frictions(partition: Partition, state: CustomerState, changed: Iterable[Friction]) -> None:
    for friction in changed if state.head.is_spread else ():
        key = ROW + state.key + FRICTION + friction.friction_id.encode()
        if friction.state is State.RAISED:
            partition.put(key, msgspec.msgpack.encode(friction))
        else:
            partition.delete(key)


def save_journey(partition: Partition, state: CustomerState, journey: Journey) -> None:
    if not state.head.is_spread:
        return
    key = ROW + state.key + JOURNEY + journey.journey_id.encode()
    if journey.state is JourneyState.SUPERSEDED:
        partition.delete(key)
    else:
        partition.put(key, msgspec.msgpack.encode(journey))
