"""What a journey has cost the customer: points, each part with the count behind it and in words."""

from collections.abc import Sequence, Set
from functools import lru_cache

from schemas.contacts import Summary
from schemas.journeys import Effort, EffortPart
from schemas.times import SECOND_US
from services.journey_builder.core.words import duration

MINUTE_US = 60 * SECOND_US

#: One journey of one contact on one channel, with so few steps, costs nothing.
STEPS_FREE = 10
POINTS_STEP = 0.1
POINTS_CONTACT = 1.0
POINTS_CHANNEL = 1.0
POINTS_TRANSFER = 2.0
POINTS_MINUTE = 1.0
POINTS_REPEAT = 2.0
POINTS_AUTHENTICATION = 1.0


def effort_of(journey: Sequence[Summary], again: Set[bytes]) -> Effort:
    """`again`: keys of contacts with which the customer came back."""
    steps = contacts = transfers = lost_us = repeats = proofs = 0
    channels = set()
    for contact in journey:
        steps += contact.events
        contacts += not contact.is_record
        if contact.brings is not None:
            channels.add(contact.brings.touchpoint)
        transfers += contact.transfer_count
        lost_us += contact.waited_us + contact.held_us
        repeats += contact.contact_key in again
        proofs += len(contact.authentications)
    parts = {
        "steps": _steps(steps),
        "contacts": _contacts(contacts),
        "channels": _channels(len(channels)),
        "transfers": _transfers(transfers),
        "waits": _waits(lost_us),
        "repeats": _repeats(repeats),
        "authentications": _authentications(proofs),
    }
    return Effort(score=round(sum([part.points for part in parts.values()]), 1), parts=parts)


def _part(count: float, charged: float, points: float, explanation: str) -> EffortPart:
    return EffortPart(round(count, 1), round(max(charged, 0) * points, 1), explanation)


# The same small numbers come all day.
_kept = lru_cache(1024)


@_kept
def _steps(steps: int) -> EffortPart:
    return _part(steps, steps - STEPS_FREE, POINTS_STEP, f"{steps} steps; {STEPS_FREE} are free")


@_kept
def _contacts(contacts: int) -> EffortPart:
    return _part(contacts, contacts - 1, POINTS_CONTACT, f"{contacts} contacts; one is free")


@_kept
def _channels(channels: int) -> EffortPart:
    return _part(channels, channels - 1, POINTS_CHANNEL, f"{channels} channels; one is free")


@_kept
def _transfers(transfers: int) -> EffortPart:
    return _part(transfers, transfers, POINTS_TRANSFER, f"passed on {transfers} times")


@_kept
def _waits(lost_us: int) -> EffortPart:
    told = f"{duration(lost_us)} in queues and on hold"
    return _part(lost_us / SECOND_US, lost_us / MINUTE_US, POINTS_MINUTE, told)


@_kept
def _repeats(repeats: int) -> EffortPart:
    return _part(repeats, repeats, POINTS_REPEAT, f"came back {repeats} times")


@_kept
def _authentications(proofs: int) -> EffortPart:
    return _part(proofs, proofs - 1, POINTS_AUTHENTICATION, f"proved {proofs} times who he is; once is free")
