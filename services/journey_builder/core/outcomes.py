"""How a journey ends: by what was said in it, or by silence."""

from typing import NamedTuple

from schemas.contacts import Resolved, Summary
from schemas.journeys import Outcome
from services.journey_builder.core.journeys import JourneyFold
from services.journey_builder.core.resolutions import resolved_by
from services.journey_builder.core.rules import Rules


class Ending(NamedTuple):
    """`at_us`: when it is closed, in microseconds, if nothing more happens."""

    outcome: Outcome
    at_us: int


def ending(fold: JourneyFold, rules: Rules) -> Ending:
    solved = resolved_by(fold.contacts)
    if solved is not None:
        return Ending(Outcome.RESOLVED, solved.at_us)
    last = _last_contact(fold)
    if last.is_abandoned:
        return Ending(Outcome.ABANDONED, fold.last_us + rules.journey_outcome_us)
    if last.resolutions and last.resolutions[-1].word is Resolved.NO:
        return Ending(Outcome.UNRESOLVED, fold.last_us + rules.journey_outcome_us)
    return Ending(Outcome.EXPIRED, fold.last_us + rules.journey_silence_us)


def _last_contact(fold: JourneyFold) -> Summary:
    """Tickets and notes are written about it, perhaps after it."""
    return next((one for one in reversed(fold.contacts) if not one.is_record), fold.contacts[-1])
