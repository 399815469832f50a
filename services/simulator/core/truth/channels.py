"""Customers who had to try a third channel."""

from collections.abc import Iterator
from typing import NamedTuple

from services.simulator.core.tales import Said, Tale
from services.simulator.core.truth.journeys import Journey
from services.simulator.core.truth.labels import Label, label

CHANNELS = 3
CONVERSATIONS = {"ivr": "call", "call": "call", "chat": "chat", "email": "email", "social": "social"}


class Turn(NamedTuple):
    """A customer takes to a channel."""

    at_ms: int
    channel: str
    said: Said
    tale: Tale


def channel_switch(journey: Journey) -> Iterator[Label]:
    first: dict[str, Turn] = {}
    for turn in sorted(turn for tale in journey.tales for turn in _turns(tale)):
        first.setdefault(turn.channel, turn)
    turns = list(first.values())[:CHANNELS]
    if len(turns) == CHANNELS and not journey.is_resolved_at(turns[-1].at_ms):
        last = turns[-1]
        evidence = [turn.said for turn in turns]
        yield label("channel_switch", last.tale, last.at_ms, f"channel:{last.channel}", *evidence)


def _turns(tale: Tale) -> Iterator[Turn]:
    """A conversation at its first word, unless we called; a form once something is filled in."""
    channel = CONVERSATIONS.get(tale.channel)
    is_ours = any(said.data.get("direction") == "outbound" for said in tale.events)
    if channel is not None and tale.first is not None and not is_ours:
        yield Turn(tale.start_ms, channel, tale.first, tale)
    for changed in tale.of("web_form.field_changed")[:1]:
        yield Turn(changed.at_ms, "web_form", changed, tale)
