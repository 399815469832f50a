"""The canonical JSON of an event (RFC 8785) and its SHA-256: what "the same content" means."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson
import rfc8785

#: Beyond it a double no longer holds every integer, and RFC 8785 writes doubles.
EXACT_INT_MAX = 2**53 - 1


def digest(envelope: Mapping[str, Any], tenant: str) -> bytes:
    """SHA-256 of the event without `replay` and with its effective tenant."""
    content = {name: value for name, value in envelope.items() if name != "replay"}
    content["tenant"] = tenant
    return sha256(canonical(content)).digest()


def canonical(content: dict[str, Any]) -> bytes:
    # orjson writes the very bytes of RFC 8785 while keys are ASCII and numbers are small integers,
    # at a tenth of the cost.
    if _is_plain(content):
        return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return rfc8785.dumps(_with_doubles(content))


def _is_plain(value: Any) -> bool:
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return bool(-EXACT_INT_MAX <= value <= EXACT_INT_MAX)
    if kind is dict:
        return all(name.isascii() and _is_plain(item) for name, item in value.items())
    return kind is list and all(map(_is_plain, value))


def _with_doubles(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_doubles(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_doubles(item) for item in value]
    if type(value) is int and abs(value) > EXACT_INT_MAX:
        return float(value)
    return value
