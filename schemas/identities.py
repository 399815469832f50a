"""Who is who: what contacts claim and people decide, and what the identity stage makes of it."""

from enum import StrEnum

from msgspec import Struct

from schemas.contacts import EventRef

#: Type and value, as they compare.
Identifier = tuple[str, str]


class Claim(Struct, frozen=True, kw_only=True, array_like=True, tag="claim"):
    """A partition of contacts has the first contact that names these together, or has no more of them.

    `names`: empty when it has none any more. `blocked`: junk that was named beside the first of them.
    """

    tenant: str
    partition: int
    group: bytes
    names: tuple[Identifier, ...] = ()
    blocked: tuple[Identifier, ...] = ()
    event: EventRef | None = None


class Decision(Struct, frozen=True, kw_only=True, array_like=True, tag="decision"):
    """Somebody said that identifiers are one customer, or are not. `names`: empty if it was taken back."""

    tenant: str
    id: bytes
    is_apart: bool
    event: EventRef
    names: tuple[Identifier, ...] = ()
    by: str | None = None
    why: str | None = None


class Trial(Struct, frozen=True, kw_only=True, array_like=True, tag="trial"):
    """Decisions that nobody has made yet: what would they change?"""

    id: str
    decisions: tuple[Decision, ...]


class Alias(Struct, frozen=True, kw_only=True, array_like=True, tag="alias"):
    """Whose the contacts are that come to a customer's key: `target`'s, or nobody's if that is None.

    `order` grows with every alias of a key.
    """

    tenant: str
    customer_key: str
    target: str | None
    order: int


class Word(StrEnum):
    """What was decided of an identifier."""

    LINKED = "linked"
    #: It is its own customer again.
    UNLINKED = "unlinked"
    REFUSED = "refused"
    BLOCKED = "blocked"
    LIMITED = "limited"
    SEPARATED = "separated"


class Proof(Struct, frozen=True):
    """An event that a decision rests on. `time`: RFC 3339, UTC, milliseconds."""

    event_id: str
    source: str
    type: str
    time: str


class JournalEntry(Struct, frozen=True, kw_only=True, tag="entry", tag_field="record"):
    """One record of the journal of identities: what was decided of one identifier, when and why.

    `own_key`: the key the identifier has alone. `customer_key`: whose it is from now on, None where it
    links nobody; `before`: whose it was. `is_news`: whether that changed.
    """

    seq: int
    tenant: str
    type: str
    value: str
    own_key: str
    word: Word
    reason: str
    customer_key: str | None
    before: str | None
    is_news: bool
    #: The identifiers that it was named with in the evidence.
    named_with: tuple[Identifier, ...]
    evidence: tuple[Proof, ...]
    decided_at: str
    by: str | None = None
    why: str | None = None


class TrialAnswer(Struct, frozen=True, kw_only=True, tag="trial", tag_field="record"):
    """What the decisions of a trial would change; beside the entries in their topic."""

    id: str
    changes: tuple[JournalEntry, ...]
