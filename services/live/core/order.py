"""Event order, and which of two copies of an event stands, as byte strings that any database can compare."""

import struct

from schemas.events import Event, place_of, sequence_order

_SIGN = 1 << 63
_LIVE, _REPLAYED = b"\1", b"\0"


def order_key(event: Event) -> bytes:
    """Sorts as the contract does: time, sequence, place of the type, source, id."""
    return b"".join(
        (
            struct.pack(">Q", event.at_us + _SIGN),
            _sequence(event.sequence),
            struct.pack(">d", place_of(event.data)),
            _text(event.source),
            _text(event.id),
        )
    )


def rank(event: Event) -> bytes:
    """Of copies of one event the greatest rank stands: sequence, then digest, then the live copy."""
    return _sequence(event.sequence) + event.digest + (_LIVE if event.replay is None else _REPLAYED)


def _sequence(sequence: str | None) -> bytes:
    kind, length, text = sequence_order(sequence)
    return struct.pack(">BI", kind, length) + _text(text)


def _text(text: str) -> bytes:
    # Ended by what no longer text can begin its rest with, so that "a" < "a\0" < "ab".
    return text.encode().replace(b"\0", b"\0\xff") + b"\0\0"
