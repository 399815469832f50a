"""The customer stage: summaries in; journeys, the frictions between contacts, and heads out."""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import replace

from schemas import topics
from schemas.contacts import Summary
from schemas.frictions import Friction, Retraction
from schemas.identities import Alias
from schemas.partitioning import home_of
from schemas.replays import RunClock
from schemas.times import rfc3339
from services.journey_builder.core.customer import Portrait, portray
from services.journey_builder.core.findings import retract
from services.journey_builder.core.judge import changes
from services.journey_builder.core.ownership import Pointer, Post, receive, turn
from services.journey_builder.core.rule_book import Rulings
from services.journey_builder.core.truncation import truncate
from services.journey_builder.customer_forgetting import forget, forget_tales
from services.journey_builder.customer_heads import (
    publish_contact,
    publish_customer,
    publish_journeys,
)
from services.journey_builder.customer_runs import CustomerRuns
from services.journey_builder.customer_store import (
    CustomerState,
    load,
    save,
    save_frictions,
    save_pointer,
)
from services.journey_builder.customer_waits import woken
from services.journey_builder.publishing import publish_friction
from services.journey_builder.refused import read_own
from services.stream.position import Record
from services.stream.stage import Partition
from services.stream.wakes import Wake

_message = msgspec.msgpack.Decoder(Summary | Alias | RunClock)


class CustomerStage:
    """Folds contacts into journeys."""

    name = "customers"
    inputs: tuple[str, ...] = (topics.SUMMARIES.name,)
    wakes = topics.CUSTOMER_WAKES.name
    changelog = topics.CUSTOMERS_CHANGELOG.name

    def __init__(self, rules: Rulings) -> None:
        self._rules = rules

    def start(self, partition: Partition) -> None:
        partition.notes = CustomerRuns(partition)

    def fold(self, partition: Partition, records: Sequence[Record], wakes: Sequence[Wake]) -> Iterator[None]:
        touched: dict[str, CustomerState] = {}
        posts: list[tuple[CustomerState, Post]] = []
        for record in records:
            message = read_own(partition, record, _message.decode)
            if message is None:
                continue
            if isinstance(message, RunClock):
                partition.notes.take(message)
            elif isinstance(message, Alias):
                posts += self._turn(partition, record, message, touched)
            else:
                posts += self._take(partition, record, message, touched)
            yield
        self._pass_time(partition, wakes, touched)
        for state in touched.values():
            self._conclude(partition, state, partition.now_ms * 1000)
            yield
        for state, (addressee, summary) in posts:
            if summary.is_handed_over and (ended := state.ended.get(summary.contact)):
                summary = replace(summary, ended=ended)
            home, value = home_of(addressee, partition.count), msgspec.msgpack.encode(summary)
            # After the retractions: the next owner must not speak before we have fallen silent.
            partition.send(
                topics.SUMMARIES.name, home, addressee.encode(), value, is_last=summary.is_handed_over
            )
        partition.notes.save()

    def beat(self, partition: Partition, clock_ms: int) -> None:
        partition.notes.beat(clock_ms)

    def _take(
        self, partition: Partition, record: Record, summary: Summary, touched: dict[str, CustomerState]
    ) -> list[tuple[CustomerState, Post]]:
        """Adds a summary to the customer it is addressed to; returns what is to be sent on."""
        state = self._state(partition, record, summary.tenant, touched)
        if summary.replay is not None:
            partition.notes.note(summary.replay)
        entry = state.entry(summary.contact_key)
        was_his = entry.summary is not None
        posts = receive(entry, summary, state.head.customer_key, state.pointer)
        state.admit(entry)
        if summary.is_handed_over and entry.summary is not None:
            state.repeated.add(summary.contact)
            if summary.ended is not None:
                state.inherited[summary.contact] = summary.ended
        state.note_return(entry, was_his)
        return [(state, post) for post in posts]

    def _turn(
        self, partition: Partition, record: Record, alias: Alias, touched: dict[str, CustomerState]
    ) -> list[tuple[CustomerState, Post]]:
        """The customer's contacts belong to another one from now on, or to him again."""
        state = self._state(partition, record, alias.tenant, touched)
        if state.pointer is not None and alias.order <= state.pointer.order:
            return []
        state.pointer = Pointer(alias.target, alias.order)
        save_pointer(partition, state)
        posts: list[Post] = []
        for contact_key in list(state.entries):
            entry = state.entry(contact_key)
            was_his = entry.summary is not None
            posts += turn(entry, state.pointer)
            state.admit(entry)
            state.note_return(entry, was_his)
        return [(state, post) for post in posts]

    def _state(
        self, partition: Partition, record: Record, tenant: str, touched: dict[str, CustomerState]
    ) -> CustomerState:
        customer_key = (record.key or b"").decode()
        state = touched.get(customer_key) or load(partition, customer_key)
        touched[customer_key] = state
        state.head.tenant = tenant
        state.head.received_ms = max(state.head.received_ms, record.timestamp)
        return state

    def _pass_time(
        self, partition: Partition, wakes: Sequence[Wake], touched: dict[str, CustomerState]
    ) -> None:
        for wake in wakes:
            for stored_key in wake.keys:
                customer_key = woken(stored_key)
                state = touched.get(customer_key) or load(partition, customer_key)
                if wake.clock == 0:
                    state.head.fired_us = max(state.head.fired_us, wake.clock_us)
                touched[customer_key] = state

    def _conclude(self, partition: Partition, state: CustomerState, now_us: int) -> None:
        """Publishes what is new about a customer, and saves him."""
        head = state.head
        if not state.entries and not head.revision:
            return  # a key that nobody was told of, and whose contacts, should any come, are another's
        if truncate(state.entries, state.changed):
            head.truncated = True
            forget_tales(partition, state)
        own = [(one, entry) for entry in state.entries.values() if (one := entry.summary) is not None]
        summaries = [summary for summary, _ in own]
        portrait = portray(
            [summary for summary, entry in own if not entry.is_beyond],
            head,
            now_us,
            partition.notes,
            self._rules.book.of_contact,
            state.told,
        )
        self._publish_frictions(partition, state, portrait, now_us)
        publish_journeys(partition, state, portrait)
        for contact_key, entry in state.entries.items():
            publish_contact(partition, state, contact_key, entry, portrait)
        publish_customer(partition, state, summaries)
        due_us: dict[str, int] = partition.notes.deadlines(portrait)
        if not due_us and state.is_over:
            forget(partition, state)
            return
        save(partition, state, due_us)

    def _publish_frictions(
        self, partition: Partition, state: CustomerState, portrait: Portrait, now_us: int
    ) -> None:
        before = {friction.friction_id: friction for friction in state.raised}
        publish, state.raised = changes(before, portrait.frictions, now_us)
        for name, friction in before.items():
            if name not in portrait.frictions:
                publish.append(retract(friction, _why(state, friction), now_us))
        save_frictions(partition, state, publish)
        publish += [one for one in state.raised if one.contact in state.repeated and one not in publish]
        for friction in publish:
            publish_friction(partition, friction)


def _why(state: CustomerState, friction: Friction) -> Retraction:
    """Cancelled if what has just changed its contact, else any of his, happened after its moment."""
    changed = [state.entries[key].newest for key in state.changed if key in state.entries]
    news = [summary for summary in changed if summary is not None]
    own = [summary for summary in news if summary.contact == friction.contact]
    is_later = all(rfc3339(summary.news_us) > friction.at for summary in own or news)
    return Retraction.CANCELLED if is_later else Retraction.CORRECTED
