"""`channel_switch`: a customer tries one channel after the other for one unsolved concern."""

from collections.abc import Iterator, Sequence

from schemas.contacts import Summary, Touch
from schemas.frictions import Kind
from services.journey_builder.core.facts import ref_order
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.resolutions import is_resolved_before
from services.journey_builder.core.rules import RulesOf


def find(journey: Sequence[Summary], rules_of: RulesOf) -> Iterator[tuple[Summary, Finding]]:
    """`journey`: its contacts in the order they joined. The one that brought the channel is the anchor."""
    brought = [(contact.brings, contact) for contact in journey if contact.brings is not None]
    enough = rules_of(journey[0]).channel_switch_channels
    if len(brought) < enough:
        return
    brought.sort(key=lambda pair: ref_order(pair[0].event))
    channels: dict[str, Touch] = {}
    for touch, contact in brought:
        if touch.touchpoint in channels:
            continue
        channels[touch.touchpoint] = touch
        if len(channels) == enough:
            if not is_resolved_before(journey, touch.event):
                yield contact, _finding(list(channels.values()))
            return


def _finding(counted: Sequence[Touch]) -> Finding:
    names = [touch.touchpoint.partition(":")[2] for touch in counted]
    return Finding(
        Kind.CHANNEL_SWITCH,
        0,
        counted[-1].event.at_us,
        counted[-1].touchpoint,
        tuple(touch.event for touch in counted),
        f"The customer turned to {len(names)} channels for one concern: {', '.join(names)}.",
    )
