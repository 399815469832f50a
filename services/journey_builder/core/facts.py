"""A fact is what a contact keeps of one event; its facts are a set, and order comes from the events."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b

import msgspec
from msgspec import Struct

from schemas.contacts import EventRef
from schemas.data import AnyData
from schemas.data.written import CustomerSeparated, CustomerUpdated
from schemas.events import Event, place_of, precedence, sequence_order, type_of
from schemas.frictions import Evidence
from schemas.times import rfc3339
from services.journey_builder.core.identity.policy import Policy
from services.journey_builder.core.identity.values import VALUES_MAX, normalise

Order = tuple[int, tuple[int, int, str], float, str, str]


class Fact(Struct, frozen=True, array_like=True, gc=False):
    """`at_us`: when it happened. `received_ms`: broker time. `data` without free text; `heard`: which
    of the tenant's phrases were in it."""

    at_us: int
    sequence: str | None
    source: str
    event_id: str
    digest: bytes
    replay: str | None
    received_ms: int
    data: AnyData
    heard: tuple[str, ...] = ()

    @property
    def identity(self) -> tuple[str, str]:
        return (self.source, self.event_id)

    @property
    def order(self) -> Order:
        """Its place among the events of its contact or customer."""
        return (
            self.at_us,
            sequence_order(self.sequence),
            place_of(self.data),
            self.source,
            self.event_id,
        )

    @property
    def precedence(self) -> tuple[object, ...]:
        return precedence(self.sequence, self.digest, self.replay)


#: Before the type of identifiers that count as absent: a fact keeps them, for the journal.
BLOCKED_MARK = "!"
#: Which phrases of a tenant's lists are in a text: tenant, language, text.
Hears = Callable[[str, str | None, str], tuple[str, ...]]

#: No rule reads more of a word than this. An event that has a longer one is a long event, whatever else it
#: says, so that a word is the same in all of them.
WORD_MAX = 2048


def fact_of(event: Event, received_ms: int, policy: Policy, hears: Hears, is_long: bool = False) -> Fact:
    """Identifiers are kept as they compare; of what somebody wrote or said, the phrases that were heard."""
    data = event.data
    if data.identifiers:
        named = normalise(data.identifiers, event.tenant, policy)
        identifiers = {kind: list(values) for kind, values in named.known.items()}
        identifiers |= {BLOCKED_MARK + kind: list(values) for kind, values in named.blocked.items()}
        data = msgspec.structs.replace(data, identifiers=identifiers)
    heard: tuple[str, ...] = ()
    text = getattr(data, "text", None)
    if text is not None:
        heard = hears(event.tenant, data.language, text)
        data = msgspec.structs.replace(data, text=None)
    if is_long:
        data = _shortened(data)
    return Fact(
        event.at_us,
        event.sequence,
        event.source,
        event.id,
        event.digest,
        event.replay,
        received_ms,
        data,
        heard,
    )


def names_of(fact: Fact) -> Iterable[tuple[str, Sequence[str]]]:
    """Type (of blocked values with `BLOCKED_MARK`) and values that it says are its contact's."""
    if not fact.data.identifiers or isinstance(fact.data, CustomerSeparated):
        return ()
    return (
        (kind, (given,) if isinstance(given, str) else given) for kind, given in fact.data.identifiers.items()
    )


def naming_alone(fact: Fact) -> Fact:
    """What is left of a fact that says nothing any more but whom it names."""
    return msgspec.structs.replace(fact, data=CustomerUpdated(identifiers=fact.data.identifiers), heard=())


def _shortened(data: AnyData) -> AnyData:
    words = {name: getattr(data, name) for name in data.__struct_fields__}
    cut = {
        name: f"{word[:WORD_MAX]}…{blake2b(word.encode(), digest_size=8).hexdigest()}"
        for name, word in words.items()
        if isinstance(word, str) and len(word) > WORD_MAX
    }
    return msgspec.structs.replace(data, **cut) if cut else data


def ref_of(fact: Fact) -> EventRef:
    return EventRef(
        fact.at_us, fact.sequence, place_of(fact.data), fact.source, fact.event_id, type_of(fact.data)
    )


def ref_order(ref: EventRef) -> Order:
    return (ref.at_us, sequence_order(ref.sequence), ref.place, ref.source, ref.event_id)


def evidence_of(refs: Iterable[EventRef]) -> tuple[Evidence, ...]:
    """Events as a friction shows them, in event order."""
    return tuple(
        Evidence(ref.event_id, ref.source, ref.type, rfc3339(ref.at_us))
        for ref in sorted(refs, key=ref_order)
    )


def last_naming(ordered: Sequence[Fact], kept_newest: int) -> list[Fact]:
    """Of all but the newest, those that name whom no later one names, without all else.

    Of each type so many values as a contact has: it is still his, and still links what it has linked.
    """
    named: defaultdict[str, set[str]] = defaultdict(set)
    kept: list[Fact] = []
    for place, fact in enumerate(reversed(ordered)):
        values = [(kind, value) for kind, several in names_of(fact) for value in several]
        news = [
            (kind, value)
            for kind, value in values
            if value not in named[kind] and len(named[kind]) < _most(kind)
        ]
        if news and place >= kept_newest:
            kept.append(naming_alone(fact))
        for kind, value in news:
            named[kind].add(value)
    return kept[::-1]


def _most(kind: str) -> int:
    return 1 if kind == "customer_id" else VALUES_MAX
