"""Customers who had to prove twice who they are."""

from collections.abc import Iterator

from services.simulator.core.tales import Said, Tale
from services.simulator.core.truth.ivr import last_node
from services.simulator.core.truth.journeys import Journey
from services.simulator.core.truth.labels import Label, label, queue_place

TIMES = 2
AUTHENTICATED = ("ivr.authenticated", "call.authenticated", "chat.authenticated")


def repeat_authentication(journey: Journey) -> Iterator[Label]:
    """Once a journey; what failed is no proof."""
    proven = [(said, tale) for said, tale in journey.of(*AUTHENTICATED) if said.data["succeeded"]][:TIMES]
    if len(proven) == TIMES:
        said, tale = proven[-1]
        evidence = [one for one, _ in proven]
        yield label("repeat_authentication", tale, said.at_ms, _place(said, tale), *evidence)


def _place(said: Said, tale: Tale) -> str:
    if said.type == "ivr.authenticated":
        return last_node(tale, said.at_ms)
    return queue_place(tale.queue_at(said.at_ms), said.type.partition(".")[0])
