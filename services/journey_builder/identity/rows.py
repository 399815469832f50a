"""The rows of the identity stage's partition, and a copy of them to try things out on."""

from typing import Any, Protocol

from msgspec import Struct

from schemas.contacts import EventRef
from services.journey_builder.core.identity.keys import Name
from services.journey_builder.core.identity.resolve import Answer, Verdict
from services.stream.cache import Cache, Memory

SCRATCH_BYTES = 16 << 20


class Node(Struct, array_like=True, gc=False):
    """An identifier. `stronger`: how many distinct stronger ones it was named with."""

    tenant: str
    kind: str
    value: str
    verdict: Verdict = Verdict.ALONE
    customer: Name | None = None
    stronger: int = 0
    groups: int = 0
    partners: int = 0
    #: Of one that names a customer: whether something said to be apart bears on which ids he has.
    torn: bool = False
    #: How many of `partners` it is apart from. None in rows of before it was counted.
    aparts: int | None = None

    def answer(self, name: Name) -> Answer:
        return Answer(self.verdict, name if self.verdict is Verdict.ALONE else self.customer)


class Group(Struct, array_like=True, gc=False):
    """Identifiers that were named together; by contacts of these partitions, or in a decision (-1)."""

    names: list[Name]
    parts: list[int]
    event: EventRef | None


class Effect(Struct, array_like=True, gc=False):
    """What holds of a pair: the decision that came last in event order."""

    is_apart: bool
    event: EventRef


class Rows(Protocol):
    """What of a partition is needed here."""

    cache: Cache[Any]

    def get(self, key: bytes) -> bytes | None: ...
    def put(self, key: bytes, body: bytes) -> None: ...
    def delete(self, key: bytes) -> None: ...
    def scan(self, prefix: bytes) -> list[tuple[bytes, bytes]]: ...
    def stored_keys(self, prefix: bytes, after: bytes, count: int) -> list[bytes]: ...


class Scratch:
    """Reads a partition, and keeps to itself what is written."""

    def __init__(self, rows: Rows) -> None:
        self.cache: Cache[Any] = Cache(Memory(SCRATCH_BYTES))
        self._rows = rows
        self._changes: dict[bytes, bytes | None] = {}

    def get(self, key: bytes) -> bytes | None:
        return self._changes[key] if key in self._changes else self._rows.get(key)

    def put(self, key: bytes, body: bytes) -> None:
        self._changes[key] = body

    def delete(self, key: bytes) -> None:
        self._changes[key] = None

    def stored_keys(self, prefix: bytes, after: bytes, count: int) -> list[bytes]:
        return self._rows.stored_keys(prefix, after, count)

    def scan(self, prefix: bytes) -> list[tuple[bytes, bytes]]:
        found: dict[bytes, bytes | None] = dict(self._rows.scan(prefix))
        found |= {key: body for key, body in self._changes.items() if key.startswith(prefix)}
        return [(key, body) for key, body in sorted(found.items()) if body is not None]
