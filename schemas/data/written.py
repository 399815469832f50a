"""Mail, posts, tickets, surveys, notes, touchpoints, and what is said of a customer."""

from typing import Literal

from schemas.data.base import Data, Said
from schemas.personal import PersonalText

#: Scales of answers that do not name theirs.
_SCALES = {"csat": (1.0, 5.0), "ces": (1.0, 7.0)}
_NPS_SCALE = (0.0, 10.0)


class SurveyAnswered(Data, frozen=True, kw_only=True, tag="survey.answered"):
    metric: Literal["csat", "nps", "ces"]
    score: float
    scale_min: float | None = None
    scale_max: float | None = None
    easier_is: Literal["high", "low"] = "high"
    scope: Literal["contact", "journey"] | None = None
    text: PersonalText | None = None

    @property
    def scale(self) -> tuple[float, float] | None:
        """The lowest and the highest score; None where what was said of them is no scale."""
        if self.metric == "nps":
            return _NPS_SCALE
        default = _SCALES[self.metric]
        low = self.scale_min if self.scale_min is not None else default[0]
        high = self.scale_max if self.scale_max is not None else default[1]
        return (low, high) if low < high else None


class TicketOpened(Data, frozen=True, kw_only=True, tag="ticket.opened"):
    topic: str | None = None


class TicketUpdated(Data, frozen=True, kw_only=True, tag="ticket.updated"):
    topic: str | None = None


class TicketResolved(Data, frozen=True, kw_only=True, tag="ticket.resolved"):
    topic: str | None = None


class TicketReopened(Data, frozen=True, kw_only=True, tag="ticket.reopened"):
    topic: str | None = None


class EmailReceived(Said, frozen=True, kw_only=True, tag="email.received"):
    topic: str | None = None


class EmailReplied(Data, frozen=True, kw_only=True, tag="email.replied"):
    pass


class SocialPosted(Said, frozen=True, kw_only=True, tag="social.posted"):
    network: str | None = None


class SocialReplied(Data, frozen=True, kw_only=True, tag="social.replied"):
    network: str | None = None


class TouchpointHappened(Said, frozen=True, kw_only=True, tag="touchpoint.happened"):
    place: str | None = None
    what: str | None = None


class AgentNoted(Data, frozen=True, kw_only=True, tag="agent.noted"):
    text: PersonalText | None = None


class CustomerIdentified(Data, frozen=True, kw_only=True, tag="customer.identified"):
    why: PersonalText | None = None


class CustomerSeparated(Data, frozen=True, kw_only=True, tag="customer.separated"):
    why: PersonalText | None = None


class CustomerUpdated(Data, frozen=True, kw_only=True, tag="customer.updated"):
    segment: str | None = None
    persona: str | None = None
    vip: bool | None = None


class ConsentChanged(Data, frozen=True, kw_only=True, tag="customer.consent_changed"):
    channel: str | None = None
    granted: bool | None = None


class Unknown(Data, frozen=True, kw_only=True, tag="unknown"):
    """An event of a known channel whose type nobody here knows: carried and shown, moves no rule."""

    name: str
