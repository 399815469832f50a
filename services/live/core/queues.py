"""How the queues stand: waits that are open, and what became of those of the last minutes."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from schemas.times import SECOND_US

#: Of a contact without news for so long the end was missed; nobody waits that long.
SILENCE_MAX_US = 4 * 3600 * SECOND_US
WINDOW_US = 15 * 60 * SECOND_US


class Standing(Struct, kw_only=True):
    """One queue of one tenant, now. `queue` None: the platform named none."""

    tenant: str
    queue: str | None
    waiting: int = 0
    longest_wait_seconds: int = 0
    answered: int = 0
    abandoned: int = 0


def standings(
    waiting: Iterable[tuple[str, str | None, int, int]],
    ended: Iterable[tuple[str, str | None, str, int]],
    now_us: int,
) -> list[Standing]:
    """`waiting`: tenant, queue, number, earliest start. `ended`: tenant, queue, how, number."""
    queues: dict[tuple[str, str | None], Standing] = {}

    def of(tenant: str, queue: str | None) -> Standing:
        return queues.setdefault((tenant, queue), Standing(tenant=tenant, queue=queue))

    for tenant, queue, number, earliest_us in waiting:
        standing = of(tenant, queue)
        standing.waiting = number
        standing.longest_wait_seconds = max(0, now_us - earliest_us) // SECOND_US
    for tenant, queue, how, number in ended:
        setattr(of(tenant, queue), how, number)
    return sorted(queues.values(), key=_most_waiting_first)


def _most_waiting_first(standing: Standing) -> tuple[Any, ...]:
    return (-standing.waiting, -standing.longest_wait_seconds, standing.tenant, standing.queue or "")
