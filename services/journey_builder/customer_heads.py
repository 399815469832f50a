"""What readers are told of a customer: his journeys, his contacts, himself."""

from collections.abc import Sequence
from hashlib import blake2b

import msgspec
from msgspec.structs import replace

from schemas import topics
from schemas.contacts import ContactHead, CustomerHead, Summary
from schemas.journeys import Journey
from schemas.partitioning import partition_of
from schemas.times import rfc3339
from services.journey_builder.core.customer import Portrait, known_identifiers, superseded
from services.journey_builder.core.ownership import Entry
from services.journey_builder.customer_store import CustomerState, save_journey
from services.stream.stage import Partition


def publish_journeys(partition: Partition, state: CustomerState, portrait: Portrait) -> None:
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
            send(partition, topics.JOURNEYS.name, told.journey_id, msgspec.json.encode(told))
        after.append(told)
    for gone in before.values():
        heir = next((journey.journey_id for journey in after if gone.contacts[0] in journey.contacts), None)
        last = replace(superseded(gone, heir), revision=gone.revision + 1)
        save_journey(partition, state, last)
        send(partition, topics.JOURNEYS.name, last.journey_id, msgspec.json.encode(last))
    state.journeys = after


def publish_contact(
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
    if digest != entry.head_digest or summary.contact in state.repeated:
        state.changed.add(contact_key)
        entry.head_digest, entry.heads = digest, entry.heads + 1
        told = replace(head, revision=entry.heads)
        send(partition, topics.CONTACTS.name, contact_key.hex(), msgspec.json.encode(told))


def publish_customer(partition: Partition, state: CustomerState, summaries: Sequence[Summary]) -> None:
    head = state.head
    if not summaries and not head.revision:
        return  # he was told of a contact that never was his
    told = CustomerHead(
        customer_key=head.customer_key,
        merged_into=state.merged_into,
        tenant=head.tenant,
        # Who is known by nothing but a contact is the last whose it may be.
        is_known=any(summary.rest for summary in summaries),
        identifiers=known_identifiers(summaries),
        contacts=sum(summary.is_contact for summary in summaries),
        revision=0,
    )
    digest = _digest(told)
    if digest != head.told_digest:
        head.told_digest, head.revision = digest, head.revision + 1
        told = replace(told, revision=head.revision)
        send(partition, topics.CUSTOMERS.name, told.customer_key, msgspec.json.encode(told))


def _digest(told: object) -> bytes:
    return blake2b(msgspec.json.encode(told), digest_size=8).digest()


def send(partition: Partition, topic: str, key: str, value: bytes) -> None:
    home = partition_of(key.encode(), partition.count)
    partition.send(topic, home, key.encode(), value)
