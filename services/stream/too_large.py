"""Records that no log takes: they are refused in the fold, before any effect of their batch."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import structlog

log = structlog.get_logger()

#: What key and value of a record may take, compressed or not: a broker's limit of 1 MiB, less its overhead.
RECORD_BYTES_MAX = 1000 << 10


class TooLarge(Exception):
    """A record exceeds what the log takes. Raised in the fold, before any effect of its batch."""


def refuse(what: str, key: bytes, value: bytes) -> None:
    size = len(key) + len(value)
    raise TooLarge(f"{what} key {key[:200]!r} takes {size} bytes, and {RECORD_BYTES_MAX} are possible")


@contextmanager
def named(stage: str, partition: int, messages: Sequence[Any]) -> Iterator[None]:
    """A record that no log takes will be folded again after each restart: says which it is."""
    try:
        yield
    except TooLarge as error:
        read = sorted((one.topic, record.offset) for one in messages for record in one.value)
        log.error(
            "a record is too large", stage=stage, partition=partition, what=str(error),
            read_from=read[:1], read_to=read[-1:],
        )  # fmt: skip
        raise
