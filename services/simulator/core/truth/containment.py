"""Customers whom a machine sent away content, as it thought, and who then needed a person."""

from collections.abc import Iterator

from services.simulator.core.dice import HOUR
from services.simulator.core.tales import Tale
from services.simulator.core.truth.answers import bot_place
from services.simulator.core.truth.between import end_ms
from services.simulator.core.truth.ivr import last_node
from services.simulator.core.truth.labels import Label, label

WITHIN_MS = 24 * HOUR


def false_containment(tales: list[Tale]) -> Iterator[Label]:
    """Of one customer's contacts; whom he reaches, he may have called before."""
    for tale in tales:
        contained = [said for said in tale.events if said.data.get("reason") == "contained"]
        if not contained:
            continue
        over_ms = end_ms(tale)
        reached = [said for other in tales if other is not tale for said in other.reached]
        after = [said for said in reached if over_ms < said.at_ms <= over_ms + WITHIN_MS]
        if after:
            person = min(after, key=lambda said: said.at_ms)
            is_ivr = contained[-1].type == "ivr.ended"
            place = (last_node if is_ivr else bot_place)(tale, contained[-1].at_ms)
            yield label("false_containment", tale, person.at_ms, place, contained[-1], person)
