"""Further deadlines of a customer: a row has one, so who waits on several clocks has a row for each other."""

from collections.abc import Iterable, Mapping

from services.stream.stage import Partition
from services.stream.values import clock_id

WAIT = b"w"
#: A customer's key is so long.
KEY_BYTES = 16


def woken(stored_key: bytes) -> str:
    """Whose the row is whose deadline has passed, of either kind."""
    return stored_key[1 : 1 + KEY_BYTES].hex()


def wait_on(
    partition: Partition, key: bytes, before: Iterable[str], due_us: Mapping[str, int]
) -> tuple[str, ...]:
    """Writes his rows anew; returns their clocks. `due_us`: by clock; `before`: the clocks until now."""
    for clock in before:
        if clock not in due_us:
            partition.delete(_row(key, clock))
    for clock, at_us in due_us.items():
        partition.put(_row(key, clock), b"", at_us, clock)
    return tuple(due_us)


def _row(key: bytes, clock: str) -> bytes:
    return WAIT + key + clock_id(clock).to_bytes(8)
