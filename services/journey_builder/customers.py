"""The customer stage: summaries in; journeys, the frictions between contacts, and heads out."""

from collections.abc import Sequence
from hashlib import blake2b

import msgspec
from msgspec.structs import replace

from schemas import topics
from schemas.contacts import ContactHead, CustomerHead, Summary
from schemas.frictions import Friction, Retraction
from schemas.journeys import Journey
from schemas.partitioning import partition_of
from schemas.replays import RunClock
from schemas.times import rfc3339
from services.journey_builder.core.customer import Portrait, known_identifiers, portray, superseded
from services.journey_builder.core.findings import retract
from services.journey_builder.core.judge import changes
from services.journey_builder.core.ownership import Entry, receive
from services.journey_builder.core.rule_book import Rulings
from services.journey_builder.core.truncation import truncate
from services.journey_builder.customer_runs import CustomerRuns
from services.journey_builder.customer_store import (
    CustomerState,
    forget,
    forget_tales,
    load,
    save,
    save_frictions,
    save_journey,
)
from services.journey_builder.metrics import FRICTIONS
from services.stream.stage import Partition, Record, Wake

_message = msgspec.msgpack.Decoder(Summary | RunClock)


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

    def fold(self, partition: Partition, records: Sequence[Record], wakes: Sequence[Wake]) -> None:
        touched: dict[str, CustomerState] = {}
        forwarded: list[Summary] = []
        for record in records:
            message = _message.decode(record.value or b"")
            if isinstance(message, RunClock):
                partition.notes.take(message)
            else:
                forwarded += self._take(partition, record, message, touched)
        self._pass_time(partition, wakes, touched)
        for state in touched.values():
            self._conclude(partition, state, partition.now_ms * 1000)
        # After the retractions: the next owner must not speak before we have fallen silent.
        for summary in forwarded:
            key = summary.customer_key.encode()
            value = msgspec.msgpack.encode(summary)
            home = partition_of(key, partition.count)
            partition.send(topics.SUMMARIES.name, home, key, value, is_last=True)
        partition.notes.save()

    def beat(self, partition: Partition, clock_ms: int) -> None:
        partition.notes.beat(clock_ms)

    def _take(
        self, partition: Partition, record: Record, summary: Summary, touched: dict[str, CustomerState]
    ) -> list[Summary]:
        """Adds a summary to the customer it is addressed to; returns what is to be handed over."""
        customer_key = (record.key or b"").decode()
        state = touched.get(customer_key) or load(partition, customer_key)
        touched[customer_key] = state
        state.head.tenant = summary.tenant
        state.head.received_ms = max(state.head.received_ms, record.timestamp)
        if summary.replay is not None:
            partition.notes.note(summary.replay)
        entry = state.entry(summary.contact_key)
        was_in = entry.summary is not None and not entry.is_beyond
        passed_on = receive(entry, summary, customer_key)
        state.admit(entry, was_in)
        if summary.is_handed_over and entry.summary is not None:
            state.repeated.add(summary.contact)
        return passed_on

    def _pass_time(
        self, partition: Partition, wakes: Sequence[Wake], touched: dict[str, CustomerState]
    ) -> None:
        for wake in wakes:
            for stored_key in wake.keys:
                customer_key = stored_key[1:].hex()
                state = touched.get(customer_key) or load(partition, customer_key)
                if wake.clock == 0:
                    state.head.fired_us = max(state.head.fired_us, wake.clock_us)
                touched[customer_key] = state

    def _conclude(self, partition: Partition, state: CustomerState, now_us: int) -> None:
        """Publishes what is new about a customer, and saves him."""
        head = state.head
        if truncate(state.entries, state.changed):
            head.truncated = True
            forget_tales(partition, state)
        own = [entry for entry in state.entries.values() if entry.summary is not None]
        summaries = [entry.summary for entry in own if entry.summary is not None]
        portrait = portray(
            [entry.summary for entry in own if entry.summary is not None and not entry.is_beyond],
            head,
            now_us,
            partition.notes.shows,
            self._rules.book.of_contact,
            state.told,
        )
        self._publish_frictions(partition, state, portrait, now_us)
        _publish_journeys(partition, state, portrait)
        for contact_key, entry in state.entries.items():
            _publish_contact(partition, state, contact_key, entry, portrait)
        _publish_customer(partition, state, summaries)
        due_us, clock = partition.notes.deadline(summaries, portrait)
        if due_us is None and state.is_over:
            forget(partition, state)
            return
        save(partition, state, due_us, clock)

    def _publish_frictions(
        self, partition: Partition, state: CustomerState, portrait: Portrait, now_us: int
    ) -> None:
        before = {friction.friction_id: friction for friction in state.raised}
        publish, state.raised = changes(before, portrait.frictions)
        for name, friction in before.items():
            if name not in portrait.frictions:
                publish.append(retract(friction, _why(state, friction), now_us))
        save_frictions(partition, state, publish)
        publish += [one for one in state.raised if one.contact in state.repeated and one not in publish]
        for friction in publish:
            FRICTIONS.labels(friction.kind.value, friction.state.value).inc()
            _send(partition, topics.FRICTIONS.name, friction.friction_id, msgspec.json.encode(friction))


def _why(state: CustomerState, friction: Friction) -> Retraction:
    """Cancelled if what has just changed its contact, else any of his, happened after its moment."""
    changed = [state.entries[key].newest for key in state.changed if key in state.entries]
    news = [summary for summary in changed if summary is not None]
    own = [summary for summary in news if summary.contact == friction.contact]
    is_later = all(rfc3339(summary.news_us) > friction.at for summary in own or news)
    return Retraction.CANCELLED if is_later else Retraction.CORRECTED


def _publish_journeys(partition: Partition, state: CustomerState, portrait: Portrait) -> None:
    """Journeys that are new or other; and the last word of those whose id ceased to be."""
    before = {journey.journey_id: journey for journey in state.journeys}
    after: list[Journey] = []
    for journey in portrait.journeys:
        known = before.pop(journey.journey_id, None)
        told = replace(journey, revision=known.revision if known is not None else 0)
        if told != known:
            told = replace(told, revision=told.revision + 1)
            save_journey(partition, state, told)
        if told != known or told.contacts[0] in state.repeated:
            _send(partition, topics.JOURNEYS.name, told.journey_id, msgspec.json.encode(told))
        after.append(told)
    for gone in before.values():
        heir = next((journey.journey_id for journey in after if gone.contacts[0] in journey.contacts), None)
        last = replace(superseded(gone, heir), revision=gone.revision + 1)
        save_journey(partition, state, last)
        _send(partition, topics.JOURNEYS.name, last.journey_id, msgspec.json.encode(last))
    state.journeys = after


def _publish_contact(
    partition: Partition, state: CustomerState, contact_key: bytes, entry: Entry, portrait: Portrait
) -> None:
    summary = entry.summary
    if summary is None or not summary.is_contact or summary.first is None:
        return
    standing = (portrait.home.get(contact_key), contact_key in portrait.call_backs)
    if contact_key not in state.changed and standing == entry.standing:
        return
    entry.standing = standing
    head = ContactHead(
        tenant=summary.tenant,
        contact=summary.contact,
        customer_key=summary.customer_key,
        journey_id=standing[0],
        channel=summary.channel,
        goal=summary.goal,
        queue=summary.queue,
        started_at=rfc3339(summary.first.at_us),
        ended_at=rfc3339(summary.end_us),
        last_event_at=rfc3339(summary.last_us),
        waits=summary.waits,
        short_abandons=summary.short_abandons,
        is_call_back=standing[1],
        replay=summary.replay,
        revision=0,
    )
    digest = _digest(head)
    if digest != entry.head_digest:
        state.changed.add(contact_key)
        entry.head_digest, entry.heads = digest, entry.heads + 1
        told = replace(head, revision=entry.heads)
        _send(partition, topics.CONTACTS.name, contact_key.hex(), msgspec.json.encode(told))


def _publish_customer(partition: Partition, state: CustomerState, summaries: Sequence[Summary]) -> None:
    head = state.head
    if not summaries and not head.revision:
        return  # he was told of a contact that never was his
    identifiers = known_identifiers(summaries)
    told = CustomerHead(
        customer_key=head.customer_key,
        tenant=head.tenant,
        is_known=bool(identifiers),
        identifiers=identifiers,
        contacts=sum(summary.is_contact for summary in summaries),
        revision=0,
    )
    digest = _digest(told)
    if digest != head.told_digest:
        head.told_digest, head.revision = digest, head.revision + 1
        told = replace(told, revision=head.revision)
        _send(partition, topics.CUSTOMERS.name, told.customer_key, msgspec.json.encode(told))


def _digest(told: object) -> bytes:
    return blake2b(msgspec.json.encode(told), digest_size=8).digest()


def _send(partition: Partition, topic: str, key: str, value: bytes) -> None:
    home = partition_of(key.encode(), partition.count)
    partition.send(topic, home, key.encode(), value)
