"""What one customer tried to do, one thing after the other: the contacts of each journey."""

from msgspec import Struct

from services.simulator.core.dice import DAY, HOUR
from services.simulator.core.tales import Said, Tale

SAME_GOAL_MS = 7 * DAY
UNKNOWN_GOAL_MS = 72 * HOUR


class Journey(Struct):
    """`tales`: in order of start."""

    tales: list[Tale]

    @property
    def goal(self) -> str | None:
        return next((tale.goal for tale in self.tales if tale.goal is not None), None)

    @property
    def last_ms(self) -> int:
        return max(tale.last_ms for tale in self.tales)

    def of(self, *types: str) -> list[tuple[Said, Tale]]:
        """What was told in it of these types, in order of time."""
        told = [(said, tale) for tale in self.tales for said in tale.of(*types)]
        return sorted(told, key=lambda one: one[0].at_ms)

    def is_resolved_at(self, at_ms: int) -> bool:
        """From an event that resolves it, until somebody comes again or it turns out not to be."""
        verdicts = [(tale.start_ms, False) for tale in self.tales if tale.start_ms < at_ms]
        for tale in self.tales:
            for said in tale.events:
                verdict = _verdict(said)
                if verdict is not None and said.at_ms < at_ms:
                    verdicts.append((said.at_ms, verdict))
        return max(verdicts)[1] if verdicts else False


def _verdict(said: Said) -> bool | None:
    if said.type in ("web_form.submitted", "ticket.resolved"):
        return True
    if said.type == "ticket.reopened":
        return False
    resolved: bool | None = said.data.get("resolved")
    return resolved


def journeys(tales: list[Tale]) -> list[Journey]:
    """By the goal where it is known; in order of opening."""
    opened: list[Journey] = []
    for tale in tales:
        joins = [journey for journey in opened if tale.is_ticket or _continues(journey, tale)]
        if joins:
            joins[-1].tales.append(tale)
        else:
            opened.append(Journey([tale]))
    return opened


def _continues(journey: Journey, tale: Tale) -> bool:
    silence_ms = tale.start_ms - journey.last_ms
    if journey.goal is None or tale.goal is None:
        return silence_ms <= UNKNOWN_GOAL_MS
    return journey.goal == tale.goal and silence_ms <= SAME_GOAL_MS
