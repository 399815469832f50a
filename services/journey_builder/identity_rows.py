"""The rows of the identity stage's partition, and a copy of them to try things out on."""

from typing import Any, Protocol

from services.stream.cache import Cache

SCRATCH_BYTES = 16 << 20


class Rows(Protocol):
    """What of a partition is needed here."""

    cache: Cache[Any]

    def get(self, key: bytes) -> bytes | None: ...
    def put(self, key: bytes, body: bytes) -> None: ...
    def delete(self, key: bytes) -> None: ...
    def scan(self, prefix: bytes) -> list[tuple[bytes, bytes]]: ...


class Scratch:
    """Reads a partition, and keeps to itself what is written."""

    def __init__(self, rows: Rows) -> None:
        self.cache: Cache[Any] = Cache(SCRATCH_BYTES)
        self._rows = rows
        self._changes: dict[bytes, bytes | None] = {}

    def get(self, key: bytes) -> bytes | None:
        return self._changes[key] if key in self._changes else self._rows.get(key)

    def put(self, key: bytes, body: bytes) -> None:
        self._changes[key] = body

    def delete(self, key: bytes) -> None:
        self._changes[key] = None

    def scan(self, prefix: bytes) -> list[tuple[bytes, bytes]]:
        found: dict[bytes, bytes | None] = dict(self._rows.scan(prefix))
        found |= {key: body for key, body in self._changes.items() if key.startswith(prefix)}
        return [(key, body) for key, body in sorted(found.items()) if body is not None]
