"""Which customer_ids are one customer: only those that were said to be, and not said not to be."""

from collections.abc import Iterable

from services.journey_builder.core.identity.keys import Name
from services.journey_builder.core.identity.unions import Pair, Unions


def merge(ids: Iterable[Name], said: Iterable[Pair], apart: Iterable[Pair]) -> dict[Name, Name]:
    """Every id -> the one that names its customer.

    `said`: pairs said to be one, in event order. One that would join what is apart, also through
    others, is refused: so the merge that came last is the one that gives way.
    """
    unions = Unions(ids)
    kept_apart = [tuple(pair) for pair in apart]
    for one, other in said:
        mine, his = unions.find(one), unions.find(other)
        roots = {mine, his}
        if not any({unions.find(a), unions.find(b)} == roots for a, b in kept_apart):
            unions.join(one, other)
    return {name: unions.find(name) for name in unions.names()}
