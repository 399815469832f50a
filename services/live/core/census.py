"""The contact centre at a moment, in numbers: what of the read model goes to Prometheus."""

from typing import NamedTuple

from msgspec import Struct

from schemas.times import SECOND_US
from services.live.core.queues import Standing

#: "Recent" is as far back; what is usual is the mean of as long a time, over the hours before.
RECENT_US = 15 * 60 * SECOND_US
USUAL_US = 24 * 3600 * SECOND_US
#: Series are bounded: so many queues with most waiting, so many places where it hurts most.
QUEUES_MAX = 50
PLACES_MAX = 50


class Place(NamedTuple):
    """A kind of friction at a touchpoint."""

    tenant: str
    kind: str
    touchpoint: str


class History(Struct, frozen=True):
    """The frictions of the hours before, and how much of these hours is known."""

    frictions: dict[Place, int]
    known_us: int

    def usual(self, place: Place) -> float:
        """How many a recent time brings on the mean."""
        windows = max(1.0, min(self.known_us, USUAL_US) / RECENT_US)
        return self.frictions.get(place, 0) / windows


class Census(Struct, frozen=True, kw_only=True):
    """By tenant, where no more is said."""

    #: Most waiting first.
    queues: list[Standing]
    #: Frictions raised, of recent time.
    frictions: dict[Place, int]
    contacts: dict[str, int]
    journeys_open: dict[str, int]


def worst(frictions: dict[Place, int]) -> list[tuple[Place, int]]:
    """The places that hurt most, the worst first."""
    return sorted(frictions.items(), key=lambda item: (-item[1], item[0]))[:PLACES_MAX]
