"""How a contact was served: what KPIs count."""

from collections.abc import Iterator

from schemas.contacts import Handling, Service, Summary
from schemas.data.chat import ChatHandedOver
from services.journey_builder.core.contact import Contact
from services.journey_builder.core.episodes import Hold, Wait

#: Where a person is with the customer from his answer to the end. Mail and posts lie in between.
HANDLED = frozenset({"call", "chat"})

Span = tuple[int, int]


def service_of(summary: Summary) -> Service:
    """Of what is no contact, nothing."""
    if not summary.is_contact:
        return Service()
    last = summary.resolutions[-1] if summary.resolutions else None
    return Service(
        may_repeat=summary.may_repeat,
        may_be_repeated=summary.may_be_repeated,
        met_machine=summary.met_machine,
        left_machine=summary.left_machine,
        is_contained=summary.contained is not None,
        reached_us=summary.reached[0].at_us if summary.reached else None,
        handling=summary.handling,
        transfers=summary.transfer_count,
        has_form=summary.has_form,
        resolved=last.word if last is not None else None,
        resolved_us=last.event.at_us if last is not None else None,
    )


def left_machine(contact: Contact) -> bool:
    """Whether an IVR or bot passed the customer on: to another call, a queue, or a person, whoever called."""
    if contact.is_ivr_transferred or contact.waits or contact.answers:
        return True
    return any(_is_to_agent(fact.data) for fact, _ in contact.handovers)


def _is_to_agent(data: object) -> bool:
    return isinstance(data, ChatHandedOver) and data.to == "agent"


def handling(contact: Contact) -> Handling | None:
    """None, too, where the first answer came after the end."""
    reached, end = contact.reached, contact.end
    if contact.channel not in HANDLED or not reached or end is None or reached[0].at_us > end.at_us:
        return None
    since_us, until_us = reached[0].at_us, end.at_us
    waits = list(_within(_spans(contact.waits, until_us), since_us, until_us))
    holds = list(_within(_spans(contact.holds, until_us), since_us, until_us))
    waited_us, held_us = (sum(end - start for start, end in spans) for spans in (waits, holds))
    return Handling(until_us - since_us - waited_us, held_us - _overlap_us(waits, holds))


def _spans(episodes: list[Wait] | list[Hold], until_us: int) -> Iterator[Span]:
    for one in episodes:
        yield one.start.at_us, one.end.at_us if one.end is not None else until_us


def _within(spans: Iterator[Span], since_us: int, until_us: int) -> Iterator[Span]:
    for start, end in spans:
        start, end = max(start, since_us), min(end, until_us)
        if start < end:
            yield start, end


def _overlap_us(waits: list[Span], holds: list[Span]) -> int:
    """Of two lists in order, in each of which none overlaps another."""
    overlap = wait = hold = 0
    while wait < len(waits) and hold < len(holds):
        overlap += max(0, min(waits[wait][1], holds[hold][1]) - max(waits[wait][0], holds[hold][0]))
        if waits[wait][1] < holds[hold][1]:
            wait += 1
        else:
            hold += 1
    return overlap
