"""Whether a journey's concern is solved: said in a contact, and undone by the next one or a reopening."""

from collections.abc import Sequence

from schemas.contacts import EventRef, Resolved, Summary
from services.journey_builder.core.facts import ref_order


def resolved_by(journey: Sequence[Summary]) -> EventRef | None:
    """The event since which it is resolved, if it is. `journey`: its contacts in the order they joined."""
    if not any(contact.resolutions for contact in journey):
        return None
    since = None
    for event, is_solved in _words(journey):
        if not is_solved:
            since = None
        elif since is None:
            since = event
    return since


def is_resolved_before(journey: Sequence[Summary], moment: EventRef) -> bool:
    """Just before an event; that of the contact that begins with it is not heard yet."""
    before = [is_solved for event, is_solved in _words(journey) if ref_order(event) < ref_order(moment)]
    return before[-1] if before else False


def _words(journey: Sequence[Summary]) -> list[tuple[EventRef, bool]]:
    """Every event that says whether it is solved. A contact that joins says that it is not."""
    words = [
        (resolution.event, resolution.word is Resolved.YES)
        for contact in journey
        for resolution in contact.resolutions
    ]
    # A contact that consists of nothing but its solution joins before that.
    joins = [(contact.first, False) for contact in journey if contact.first is not None]
    return sorted([*joins, *words], key=lambda pair: (ref_order(pair[0]), pair[1]))
