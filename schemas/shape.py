"""One walk over a parsed JSON document: what no honest event exceeds, and whether it is plain.

Plain: its RFC 8785 form is what a JSON encoder with sorted keys writes anyway. Keys are ASCII, integers
fit a double, and floats are such that the shortest digits are written the same by both.
"""

from typing import Any

from schemas.invalid import InvalidEvent, Reason

DEPTH_MAX = 16
KEYS_MAX = 512
TEXT_MAX = 64 * 1024
#: orjson turns larger integers into doubles without a word.
NUMBER_MAX = 2.0**63
#: Beyond it a double no longer holds every integer, and RFC 8785 writes doubles.
EXACT_INT_MAX = 2**53 - 1
#: Between them, and not whole, both write a float without an exponent.
PLAIN_FLOAT_MIN, PLAIN_FLOAT_MAX = 1e-3, 1e15


def inspect(document: dict[str, Any]) -> bool:
    """Whether a document is plain. Raises `InvalidEvent` where it is too much for an event."""
    keys, is_plain = _walk(document, DEPTH_MAX)
    if keys > KEYS_MAX:
        raise InvalidEvent(Reason.TOO_COMPLEX, f"{keys} keys and items; {KEYS_MAX} at most")
    return is_plain


def _walk(value: dict[str, Any] | list[Any], levels: int) -> tuple[int, bool]:
    """The number of keys and items, and whether all of it is plain. Every event comes through here."""
    if levels == 0:
        raise InvalidEvent(Reason.TOO_COMPLEX, f"nested deeper than {DEPTH_MAX} levels")
    keys, is_plain = len(value), True
    items: Any = value
    if isinstance(value, dict):
        is_plain = all(map(str.isascii, value))
        items = value.values()
    for item in items:
        kind = type(item)
        if kind is str:
            if len(item) > TEXT_MAX:
                raise InvalidEvent(
                    Reason.TOO_COMPLEX, f"a text of {len(item)} characters; {TEXT_MAX} at most"
                )
        elif kind is dict or kind is list:
            more, is_item_plain = _walk(item, levels - 1)
            keys += more
            is_plain = is_plain and is_item_plain
        elif kind is int or kind is float:
            is_plain = _check_number(item) and is_plain
    return keys, is_plain


def _check_number(number: int | float) -> bool:
    size = abs(number)
    if size >= NUMBER_MAX:
        raise InvalidEvent(Reason.NUMBER_OUT_OF_RANGE, f"{number!r} is beyond 2^63; send it as a string")
    if type(number) is int:
        return size <= EXACT_INT_MAX
    return PLAIN_FLOAT_MIN <= size < PLAIN_FLOAT_MAX and number != int(number)
