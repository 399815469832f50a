"""The items of a JSON array, each as its own bytes, so that one bad item never sinks the others."""

import json
import re
from typing import Any

import msgspec

from schemas.codec import Reason
from services.ingest.core.problems import Refusal

_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
# Strings whole, and what gives an array its shape. An unclosed string runs to the end: no second look.
_SHAPE = re.compile(rb'"(?:[^"\\]+|\\.)*+(?:"|\Z|\\\Z)|[\[\]{},]', re.DOTALL)
# An escape of a string: a pair as one, half of one by itself, or any other.
_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)", re.DOTALL)
_OPEN, _CLOSE = frozenset(b"[{"), frozenset(b"]}")


def split(body: bytes) -> list[bytes]:
    """The items as they stand in `body`; refuses what has not the shape of an array."""
    try:
        return [bytes(raw) for raw in _ARRAY.decode(body)]
    except (msgspec.DecodeError, RecursionError):
        # Too deep for the fast way, half a surrogate pair, or no JSON.
        return _split_by_shape(body)


def _split_by_shape(body: bytes) -> list[bytes]:
    items, depth, start = [], 0, 1
    for match in _SHAPE.finditer(body):
        mark = body[match.start()]
        if mark in _OPEN:
            depth += 1
        elif mark in _CLOSE:
            depth -= 1
            if depth == 0:
                items.append(body[start : match.start()].strip())
                return _checked(items, rest=body[match.end() :])
        elif mark == ord(",") and depth == 1:
            items.append(body[start : match.start()].strip())
            start = match.end()
    raise Refusal(Reason.NOT_JSON, "the array never ends")


def _checked(items: list[bytes], rest: bytes) -> list[bytes]:
    if rest.strip() or not all(items):
        raise Refusal(Reason.NOT_JSON, "an item is missing, or something follows the array")
    return items


def without_halves(item: bytes) -> bytes:
    """Half a surrogate pair, which no text can hold, becomes U+FFFD."""
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found[1] else found[0], item)


def is_grammatical(item: bytes) -> bool:
    """Half a surrogate pair is JSON by its grammar, and still nobody can store it."""
    try:
        # Numbers as texts: of very many digits none could be made.
        json.loads(item.decode(), parse_int=str, parse_float=str, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)
