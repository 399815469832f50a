"""The truth: what hurt whom, by the notes of the teller. No event is read here, and no product code.

To add a kind: a function of one tale (or of one customer's tales) that yields labels, and a line in
`OF_A_CONTACT` or `OF_A_CUSTOMER`; the stories note what it needs in their tales.
"""

from collections.abc import Callable, Iterable, Iterator

from services.simulator.core.tales import Tale
from services.simulator.core.truth.between import repeat_contact, repeated_transfer
from services.simulator.core.truth.customers import customers
from services.simulator.core.truth.forms import abandoned_form
from services.simulator.core.truth.ivr import ivr_loop, ivr_maze
from services.simulator.core.truth.labels import Label
from services.simulator.core.truth.waits import abandoned_call, long_wait

#: Given how late it is (None: all is over), each yields its labels; by the name of the kind.
OF_A_CONTACT: dict[str, Callable[[Tale, int | None], Iterator[Label]]] = {
    "abandoned_call": abandoned_call,
    "long_wait": long_wait,
    "ivr_loop": ivr_loop,
    "ivr_maze": ivr_maze,
    "abandoned_form": abandoned_form,
}
OF_A_CUSTOMER: dict[str, Callable[[list[Tale]], Iterator[Label]]] = {
    "repeat_contact": repeat_contact,
    "repeated_transfer": repeated_transfer,
}
KINDS = (*OF_A_CONTACT, *OF_A_CUSTOMER)


def truth(
    tales: Iterable[Tale], links: Iterable[set[tuple[str, str]]], now_ms: int | None = None
) -> list[Label]:
    """All labels, in order of moment."""
    told = [tale for tale in tales if tale.first is not None]
    found = [label for tale in told for find in OF_A_CONTACT.values() for label in find(tale, now_ms)]
    for own in customers(told, links):
        found.extend(label for find in OF_A_CUSTOMER.values() for label in find(own))
    return sorted(found, key=lambda label: (label.at_ms, label.subject, label.kind))
