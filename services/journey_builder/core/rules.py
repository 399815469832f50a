"""The limits of the friction kinds. All times in microseconds; every limit is strict."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

from schemas.contacts import Summary
from schemas.frictions import Kind, Severity
from schemas.times import SECOND_US
from services.journey_builder.core.phrases import by_language

if TYPE_CHECKING:
    from services.journey_builder.core.goals import GoalRule
    from services.journey_builder.core.overrides import Narrowing

MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

#: What is not listed is of medium severity.
SEVERITIES = dict.fromkeys(Kind, Severity.MEDIUM) | {
    Kind.ABANDONED_CALL: Severity.HIGH,
    Kind.FALSE_CONTAINMENT: Severity.HIGH,
    Kind.IVR_DEAD_END: Severity.HIGH,
    Kind.IVR_MAZE: Severity.LOW,
    Kind.LOW_SCORE: Severity.HIGH,
    Kind.REPEAT_AUTHENTICATION: Severity.LOW,
    Kind.REPEATED_TRANSFER: Severity.HIGH,
    Kind.SLOW_PAGE: Severity.LOW,
}


class Place(NamedTuple):
    """Where rules may differ within a tenant; None: not known."""

    queue: str | None = None
    channel: str | None = None
    form: str | None = None
    goal: str | None = None


NOWHERE = Place()


class Rules(Struct, frozen=True, kw_only=True):
    """One version of the rules, at one place. The defaults are the contract's."""

    version: int = 1
    abandoned_call_after_us: int = 5 * SECOND_US
    abandoned_form_left_us: int = 2 * MINUTE_US
    abandoned_form_idle_us: int = 30 * MINUTE_US
    bot_bounce_handovers: int = 2
    channel_switch_channels: int = 3
    false_containment_window_us: int = 24 * HOUR_US
    form_errors_failures: int = 3
    ivr_loop_entries: int = 3
    ivr_maze_options: int = 6
    ivr_maze_nodes: int = 4
    ivr_maze_time_us: int = 180 * SECOND_US
    long_hold_us: int = 120 * SECOND_US
    long_wait_us: int = 120 * SECOND_US
    #: CSAT and CES as shares of their scale, from its hard end; NPS as read.
    low_score_csat_share: float = 0.25
    low_score_nps: float = 6
    low_score_ces_share: float = 0.25
    negative_sentiment: float = -0.5
    #: By language (`*`: any), lower-cased. None are shipped: they are the tenant's own.
    negative_phrases: dict[str, tuple[str, ...]] = {}
    repeat_authentication_times: int = 2
    repeat_contact_window_us: int = 7 * DAY_US
    call_back_us: int = 15 * MINUTE_US
    slow_page_ms: int = 4000
    slow_response_chat_us: int = 60 * SECOND_US
    slow_response_email_us: int = 24 * HOUR_US
    slow_response_social_us: int = 4 * HOUR_US
    transfers_in_contact: int = 2
    transfers_in_journey: int = 3
    journey_same_goal_us: int = 7 * DAY_US
    journey_unknown_goal_us: int = 72 * HOUR_US
    journey_silence_us: int = 7 * DAY_US
    journey_outcome_us: int = 72 * HOUR_US

    #: Kinds that are not looked for; and how grave all of them are.
    off: frozenset[Kind] = frozenset()
    severities: dict[Kind, Severity] = field(default_factory=lambda: SEVERITIES)
    #: What tells a contact's goal where no event names it; the first that matches.
    goals: "tuple[GoalRule, ...]" = ()
    #: Where these hold, and what makes them others elsewhere; None: they are the same everywhere.
    place: Place = NOWHERE
    narrowing: "Narrowing | None" = None

    def slow_response_us(self, channel: str) -> int:
        """Of `chat`, `email` or `social`."""
        limit: int = getattr(self, f"slow_response_{channel}_us")
        return limit

    def severity(self, kind: Kind) -> Severity:
        return self.severities[kind]

    @property
    def is_choosy(self) -> bool:
        """Whether there is a kind that is not looked for somewhere."""
        return bool(self.off) or self.narrowing is not None

    def finds(self, kind: Kind) -> bool:
        """Whether the kind is looked for here."""
        return kind not in self.off

    def at(
        self,
        *,
        queue: str | None = None,
        form: str | None = None,
        channel: str | None = None,
        goal: str | None = None,
    ) -> "Rules":
        """The same rules at a place, or at a narrower one than theirs. What is None is as it was."""
        if self.narrowing is None:
            return self
        known = self.place
        return self.narrowing.at(
            Place(queue or known.queue, channel or known.channel, form or known.form, goal or known.goal)
        )

    def at_touchpoint(self, touchpoint: str) -> "Rules":
        """The same rules at a queue, form or channel, as a friction names it; at others they are as here."""
        if self.narrowing is None:
            return self
        what, _, name = touchpoint.partition(":")
        match what:
            case "queue":
                return self.at(queue=name)
            case "form":
                form, _, _ = name.rpartition("#")  # a field's name, or the form's own first sign
                return self.at(form=form or name)
            case "channel":
                return self.at(channel=name)
        return self

    def counted(self, heard: Iterable[str], language: str | None) -> tuple[str, ...]:
        """Those of the phrases heard (`RuleBook.heard`) that are on the list for their language here."""
        listed = by_language(self.negative_phrases, language)
        return tuple(phrase for phrase in heard if phrase in listed)

    def inferred_goal(
        self,
        *,
        queue: str | None = None,
        form: str | None = None,
        node: str | None = None,
        option: str | None = None,
        topic: str | None = None,
    ) -> str | None:
        """The goal that one event tells by where it happened; None: it tells none."""
        if not self.goals:
            return None
        where = (queue, form, node, option, topic)
        return next((rule.goal for rule in self.goals if rule.matches(*where)), None)


#: What holds for a contact: by its start, and as it is at its place.
RulesOf = Callable[[Summary], Rules]

#: A contact without a terminal event ends this long after its last one.
SILENT_END_US = 30 * MINUTE_US
#: How far behind its newest event a contact still takes events in, and when they count as late.
HORIZON_US = 35 * DAY_US
LATE_US = 24 * HOUR_US
#: How long state is kept after its last receipt, in broker time.
KEPT_US = 35 * DAY_US

DEFAULT = Rules()
