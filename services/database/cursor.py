"""Where a page ended, as an opaque text: the sort values of its last row."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

import msgspec


class Cursor(NamedTuple):
    at: str
    key: str


class BadCursor(ValueError):
    """Not a cursor of ours."""


def encode_cursor(cursor: Cursor) -> str:
    return urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def decode_cursor(text: str) -> Cursor:
    try:
        cursor = msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Cursor)
    except (ValueError, msgspec.DecodeError):
        raise BadCursor("cursor: take it from `next_cursor` of the page before") from None
    if "\0" in cursor.at + cursor.key:
        raise BadCursor("cursor: take it from `next_cursor` of the page before")
    return cursor
