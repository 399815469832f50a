"""The journal of identities: what was decided of an identifier, in words, with its evidence."""

from collections.abc import Iterable

from schemas.contacts import EventRef
from schemas.identities import Claim, Decision, Identifier, JournalEntry, Proof, Word
from schemas.times import rfc3339
from services.journey_builder.core.identity.keys import Name, key_of
from services.journey_builder.core.identity.resolve import Answer, Verdict
from services.journey_builder.identity.ids import Change
from services.journey_builder.identity.rows import Node
from services.journey_builder.identity.store import IdentityStore

#: Identifiers and events that one entry names.
OTHERS_MAX = 6
PROOFS_MAX = 3

WORDS = {
    Verdict.ALONE: Word.UNLINKED,
    Verdict.LINKED: Word.LINKED,
    Verdict.LIMITED: Word.LIMITED,
    Verdict.BLOCKED: Word.BLOCKED,
    Verdict.AMBIGUOUS: Word.REFUSED,
    Verdict.BETWEEN: Word.REFUSED,
    Verdict.SEPARATED: Word.SEPARATED,
}
_BLOCKED = "the value is blocked: it counts as absent"
_REASONS = {
    Verdict.ALONE: "nothing links it to anybody any more",
    Verdict.LINKED: "it was named together with {others}",
    Verdict.LIMITED: "{stronger} stronger identifiers were named with it, over its limit: it links nobody",
    Verdict.BLOCKED: _BLOCKED,
    Verdict.AMBIGUOUS: "it leads to several customer_ids that nobody said are one: it links nobody",
    Verdict.BETWEEN: "it leads to both sides of a separation: it links nobody",
    Verdict.SEPARATED: "it was said to be apart from {others}",
}


def entry(
    store: IdentityStore, said: Claim | Decision | None, change: Change, decided_us: int
) -> JournalEntry:
    """What is said of an identifier from now on. `said`: what made the change, where that named it."""
    name, before, after = change
    node = store.known(name)
    if said is not None:
        named, refs = said.names, [said.event] if said.event is not None else []
    else:
        named, refs = _proofs(store, name)
    others = [one for one in named if one != (node.kind, node.value)][:OTHERS_MAX]
    stronger = node.stronger - sum(store.is_named_with(name, one) for one in store.terms.blocked())
    decision = said if isinstance(said, Decision) else None
    return JournalEntry(
        seq=store.next_number(),
        tenant=node.tenant,
        type=node.kind,
        value=node.value,
        own_key=key_of(name),
        word=WORDS[after.verdict],
        reason=_REASONS[after.verdict].format(others=_named(others), stronger=stronger),
        customer_key=_key(after),
        before=_key(before),
        is_news=before != after,
        named_with=tuple(others),
        evidence=tuple(_proof(ref) for ref in refs),
        decided_at=rfc3339(decided_us),
        by=decision.by if decision else None,
        why=decision.why if decision else None,
    )


def _proofs(store: IdentityStore, name: Name) -> tuple[tuple[Identifier, ...], list[EventRef]]:
    """Whom it was named with, and where."""
    groups = (store.group(group) for group in store.groups_of(name)[:PROOFS_MAX])
    rows = [row for row in groups if row is not None]
    blocked = store.terms.blocked()
    known = map(store.known, dict.fromkeys(one for row in rows for one in row.names if one not in blocked))
    return tuple((one.kind, one.value) for one in known), [row.event for row in rows if row.event is not None]


def blocked_entry(
    seq: int, name: Name, node: Node, junk: Identifier, ref: EventRef | None, decided_us: int
) -> JournalEntry:
    """Of a value that counts as absent, told of the strongest identifier that it was named with."""
    key = _key(node.answer(name))
    return JournalEntry(
        seq=seq,
        tenant=node.tenant,
        type=junk[0],
        value=junk[1],
        own_key=key_of(name),
        word=Word.BLOCKED,
        reason=_BLOCKED,
        customer_key=key,
        before=key,
        is_news=False,
        named_with=((node.kind, node.value),),
        evidence=(_proof(ref),) if ref is not None else (),
        decided_at=rfc3339(decided_us),
    )


def _named(others: Iterable[Identifier]) -> str:
    return ", ".join(f"{kind} {value}" for kind, value in others) or "others"


def _key(answer: Answer) -> str | None:
    return None if answer.customer is None else key_of(answer.customer)


def _proof(ref: EventRef) -> Proof:
    return Proof(ref.event_id, ref.source, ref.type, rfc3339(ref.at_us))
