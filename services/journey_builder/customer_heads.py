"""What readers are told of a customer: his journeys, his contacts, himself."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import msgspec
from msgspec.structs import replace

from schemas import topics
from schemas.contacts import ContactHead, CustomerHead, Summary
from schemas.journeys import Journey
from schemas.partitioning import home_of
from schemas.times import rfc3339
from services.journey_builder.core.customer import Portrait, known_attributes, known_identifiers, superseded
from services.journey_builder.core.ownership import Entry
from services.journey_builder.core.service import service_of
from services.journey_builder.customer_store import CustomerState, save_journey
from services.journey_builder.publishing import publish
from services.stream.stage import Partition

#: Of a journey that ceased, so many contacts are told to the next customer.
ENDED_CONTACTS = 100


def publish_journeys(partition: Partition, state: CustomerState, portrait: Portrait) -> None:
    """Journeys that are new or other; and the last word of those whose id ceased to be."""
    before = {journey.journey_id: journey for journey in state.journeys}
    after: list[Journey] = []
    for journey in portrait.journeys:
        known = before.pop(journey.journey_id, None)
        told = known
        # With another customer it may have come farther; that may be heard after it was told here.
        elsewhere = state.inherited.get(journey.contacts[0])
        said = max((one.revision for one in (known, elsewhere) if one is not None), default=0)
        if known is None or said > known.revision or replace(journey, revision=said) != known:
            told = replace(journey, revision=said + 1)
            save_journey(partition, state, told)
        assert told is not None
        if told is not known or told.contacts[0] in state.repeated:
            publish(partition, topics.JOURNEYS.name, told.journey_id, told)
        after.append(told)
    state.journeys, state.ended = after, {}
    if before or state.inherited:
        _end_journeys(partition, state, list(before.values()))


def _end_journeys(partition: Partition, state: CustomerState, before: Iterable[Journey]) -> None:
    """The last word of ids that ceased to be: where their opener is now."""
    homes = {contact: one.journey_id for one in state.journeys for contact in one.contacts}
    for gone in before:
        # The journey that has its opener now; or, where the oldest contacts were dropped, the next one's.
        candidates = gone.contacts if state.head.truncated else gone.contacts[:1]
        heir = next((homes[contact] for contact in candidates if contact in homes), None)
        last = replace(superseded(gone, heir), revision=gone.revision + 1)
        save_journey(partition, state, last)
        publish(partition, topics.JOURNEYS.name, last.journey_id, last)
        if heir is None:
            # Another customer has its opener: he says where it is.
            state.ended[gone.contacts[0]] = replace(last, contacts=last.contacts[:ENDED_CONTACTS])
    for contact, ended in state.inherited.items():
        heir = homes.get(contact)
        if heir is None:
            # It was passed on at once: whoever gets it knows where it is.
            state.ended.setdefault(contact, ended)
        elif heir != ended.journey_id:
            last = replace(superseded(ended, heir), revision=ended.revision + 1)
            publish(partition, topics.JOURNEYS.name, last.journey_id, last)


def publish_contact(
    partition: Partition, state: CustomerState, contact_key: bytes, entry: Entry, portrait: Portrait
) -> None:
    standing = (portrait.home.get(contact_key), contact_key in portrait.call_backs)
    if contact_key not in state.changed and standing == entry.standing:
        return
    summary = entry.summary
    if summary is None or not (summary.is_contact or summary.has_friction):
        return
    entry.standing = standing
    started_us, is_contact = summary.first.at_us if summary.first else None, summary.is_contact
    digest = _digest(
        standing, summary.customer_key, summary.channel, summary.goal, summary.queue, started_us,
        summary.end_us, summary.last_us, summary.waits, summary.short_abandons, summary.replay,
        service := service_of(summary),
    )  # fmt: skip
    if digest == entry.head_digest and summary.contact not in state.repeated:
        return
    state.changed.add(contact_key)
    entry.head_digest, entry.heads = digest, entry.heads + 1
    head = ContactHead(
        tenant=summary.tenant,
        contact=summary.contact,
        customer_key=summary.customer_key,
        journey_id=standing[0],
        channel=summary.channel,
        goal=summary.goal,
        queue=summary.queue,
        started_at=None if started_us is None else rfc3339(started_us),
        ended_at=rfc3339(summary.end_us) if is_contact else None,
        last_event_at=rfc3339(summary.last_us) if is_contact else None,
        waits=summary.waits,
        short_abandons=summary.short_abandons,
        is_call_back=standing[1],
        replay=summary.replay,
        revision=entry.heads,
        service=service,
    )
    _tell(partition, topics.CONTACTS.name, contact_key.hex(), head)


def publish_customer(partition: Partition, state: CustomerState, summaries: Sequence[Summary]) -> None:
    head = state.head
    if not summaries and not head.revision:
        return  # he was told of a contact that never was his
    # Who is known by nothing but a contact is the last whose it may be.
    is_known = any(summary.rest for summary in summaries)
    identifiers = known_identifiers(summaries)
    contacts = sum(summary.is_contact for summary in summaries)
    attributes = known_attributes(summaries)
    digest = _digest(head.tenant, state.merged_into, is_known, identifiers, contacts, attributes)
    if digest == head.told_digest:
        return
    head.told_digest, head.revision = digest, head.revision + 1
    told = CustomerHead(
        customer_key=head.customer_key,
        merged_into=state.merged_into,
        tenant=head.tenant,
        is_known=is_known,
        identifiers=identifiers,
        contacts=contacts,
        revision=head.revision,
        attributes=attributes,
    )
    _tell(partition, topics.CUSTOMERS.name, told.customer_key, told)


def _digest(*said: object) -> bytes:
    """Of all that a head depends on, which is less than to make it."""
    return blake2b(msgspec.msgpack.encode(said), digest_size=8).digest()


def _tell(partition: Partition, topic: str, key: str, told: object) -> None:
    """For our own readers."""
    partition.send(topic, home_of(key, partition.count), key.encode(), msgspec.json.encode(told))
