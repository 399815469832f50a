"""The truth: what hurt whom, by what the teller made happen and told, in his order. No product code.

To add a kind: a function of one tale (or of a customer's tales, or of a journey) that yields labels,
and a line in `OF_A_CONTACT`, `OF_A_CUSTOMER` or `OF_A_JOURNEY`.
"""

from collections.abc import Callable, Iterable, Iterator

from services.simulator.core.tales import Tale
from services.simulator.core.truth.answers import bot_bounce, slow_response
from services.simulator.core.truth.between import repeat_contact, repeated_transfer
from services.simulator.core.truth.channels import channel_switch
from services.simulator.core.truth.containment import false_containment
from services.simulator.core.truth.customers import customers
from services.simulator.core.truth.forms import abandoned_form, form_errors
from services.simulator.core.truth.ivr import ivr_dead_end, ivr_loop, ivr_maze
from services.simulator.core.truth.journeys import Journey, journeys
from services.simulator.core.truth.labels import Label
from services.simulator.core.truth.pages import slow_page
from services.simulator.core.truth.proofs import repeat_authentication
from services.simulator.core.truth.tickets import reopened_ticket
from services.simulator.core.truth.waits import abandoned_call, long_hold, long_wait
from services.simulator.core.truth.words import low_score, negative_sentiment

#: Given how late it is (None: all is over), each yields its labels; by the name of the kind.
OF_A_CONTACT: dict[str, Callable[[Tale, int | None], Iterator[Label]]] = {
    "abandoned_call": abandoned_call,
    "abandoned_form": abandoned_form,
    "bot_bounce": bot_bounce,
    "form_errors": form_errors,
    "ivr_dead_end": ivr_dead_end,
    "ivr_loop": ivr_loop,
    "ivr_maze": ivr_maze,
    "long_hold": long_hold,
    "long_wait": long_wait,
    "low_score": low_score,
    "negative_sentiment": negative_sentiment,
    "reopened_ticket": reopened_ticket,
    "slow_page": slow_page,
    "slow_response": slow_response,
}
OF_A_CUSTOMER: dict[str, Callable[[list[Tale]], Iterator[Label]]] = {
    "false_containment": false_containment,
    "repeat_contact": repeat_contact,
}
OF_A_JOURNEY: dict[str, Callable[[Journey], Iterator[Label]]] = {
    "channel_switch": channel_switch,
    "repeat_authentication": repeat_authentication,
    "repeated_transfer": repeated_transfer,
}
KINDS = (*OF_A_CONTACT, *OF_A_CUSTOMER, *OF_A_JOURNEY)


def truth(
    tales: Iterable[Tale], links: Iterable[set[tuple[str, str]]], now_ms: int | None = None
) -> list[Label]:
    """All labels, in order of moment."""
    told = [tale for tale in tales if tale.first is not None]
    found = [label for tale in told for find in OF_A_CONTACT.values() for label in find(tale, now_ms)]
    for own in customers((tale for tale in told if not tale.is_lone), links):
        found.extend(label for find in OF_A_CUSTOMER.values() for label in find(own))
        for journey in journeys(own):
            found.extend(label for find in OF_A_JOURNEY.values() for label in find(journey))
    return sorted(found, key=lambda label: (label.at_ms, label.subject, label.kind))
