"""What the contacts of a partition say of who is who: told once, however many contacts say it."""

from collections.abc import Iterable
from hashlib import blake2b

import msgspec

from schemas import topics
from schemas.contacts import EventRef
from schemas.data.written import CustomerIdentified, CustomerSeparated
from schemas.identities import Claim, Decision, Identifier
from services.journey_builder.core.contact_state import ContactState
from services.journey_builder.core.facts import BLOCKED_MARK, Fact, ref_of
from services.journey_builder.core.identity.values import Known, strongest_first
from services.stream.stage import Partition

GROUP = b"g"
#: So many identifiers of one contact or decision count, the strongest: each pair of them is kept.
NAMES_MAX = 20
DECISIONS = (CustomerIdentified, CustomerSeparated)
#: All claims and decisions have one order.
JOURNAL_PARTITION = 0


def claim(partition: Partition, state: ContactState) -> None:
    """Tells what is new of the identifiers that a contact names, and of the decisions in its events."""
    if not state.has_news_of_names:
        return
    names = tuple(strongest_first(state.contact.identifiers)[:NAMES_MAX])
    blocked = tuple(strongest_first(state.contact.blocked)[:NAMES_MAX])
    group = _group_id(state.head.tenant, names, blocked) if names and len(names + blocked) > 1 else b""
    if group != state.head.group:
        if group:
            _support(partition, state, group, names, blocked)
        _withdraw(partition, state.head.tenant, state.head.group)
        state.head.group = group
    _tell_decisions(partition, state)


def _support(
    partition: Partition,
    state: ContactState,
    group: bytes,
    names: tuple[Identifier, ...],
    blocked: tuple[Identifier, ...],
) -> None:
    contacts = _contacts(partition, group)
    partition.put(GROUP + group, msgspec.msgpack.encode(contacts + 1))
    if contacts == 0:
        event = _proof(state.news)
        told = Claim(
            tenant=state.head.tenant, partition=partition.number, group=group,
            names=names, blocked=blocked, event=event,
        )  # fmt: skip
        _send(partition, told)


def _withdraw(partition: Partition, tenant: str, group: bytes) -> None:
    if group and _is_last(partition, group):
        _send(partition, Claim(tenant=tenant, partition=partition.number, group=group))


def forget_claim(partition: Partition, state: ContactState) -> None:
    """Of a contact that is forgotten: what it linked stays linked."""
    if state.head.group:
        _is_last(partition, state.head.group)


def _is_last(partition: Partition, group: bytes) -> bool:
    """Takes one contact off those that name a group; whether there is none left."""
    contacts = _contacts(partition, group)
    if contacts > 1:
        partition.put(GROUP + group, msgspec.msgpack.encode(contacts - 1))
    else:
        partition.delete(GROUP + group)
    return contacts <= 1


def _tell_decisions(partition: Partition, state: ContactState) -> None:
    """A later copy of an event may say something else, or be no decision any more."""
    said = {
        fact.identity: fact for fact in (*state.replaced, *state.news) if isinstance(fact.data, DECISIONS)
    }
    for identity, fact in said.items():
        standing = state.standing(identity)
        if standing is not None:
            stands = isinstance(standing.data, DECISIONS)
            _send(partition, _decision(state, standing if stands else fact, is_taken_back=not stands))


def _decision(state: ContactState, fact: Fact, is_taken_back: bool) -> Decision:
    data = fact.data
    return Decision(
        tenant=state.head.tenant,
        id=blake2b(state.key + repr(fact.identity).encode(), digest_size=16).digest(),
        is_apart=isinstance(data, CustomerSeparated),
        event=ref_of(fact),
        names=() if is_taken_back else names_in(fact),
        by=data.agent,
        why=getattr(data, "why", None),
    )


def names_in(fact: Fact) -> tuple[Identifier, ...]:
    """The identifiers that an event names, the strongest first."""
    known: Known = {
        kind: tuple(values)
        for kind, values in (fact.data.identifiers or {}).items()
        if not kind.startswith(BLOCKED_MARK)
    }
    return tuple(strongest_first(known)[:NAMES_MAX])


def _group_id(tenant: str, names: tuple[Identifier, ...], blocked: tuple[Identifier, ...]) -> bytes:
    named = msgspec.msgpack.encode((tenant, sorted(names), sorted(blocked)))
    return blake2b(named, digest_size=16).digest()


def _proof(news: Iterable[Fact]) -> EventRef | None:
    """The last of the new events that names somebody."""
    naming = [fact for fact in news if fact.data.identifiers]
    return ref_of(max(naming, key=lambda fact: fact.order)) if naming else None


def _contacts(partition: Partition, group: bytes) -> int:
    """How many of this partition name just these."""
    stored = partition.get(GROUP + group)
    return 0 if stored is None else msgspec.msgpack.decode(stored, type=int)


def _send(partition: Partition, told: Claim | Decision) -> None:
    body = msgspec.msgpack.encode(told)
    partition.send(topics.CLAIMS.name, JOURNAL_PARTITION, told.tenant.encode(), body)
