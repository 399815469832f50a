"""What the rules file may say of each kind: the names, units and bounds of all parameters, as a table."""

from enum import Enum
from typing import NamedTuple

from schemas.frictions import Kind
from services.journey_builder.core.rules import DAY_US, KEPT_US, Rules


class Unit(Enum):
    """`DURATION`: microseconds, where a parameter says nothing else."""

    DURATION = "duration"
    COUNT = "count"
    NUMBER = "number"


class Parameter(NamedTuple):
    """`field`: of `Rules`. `least` and `most` are allowed; durations are counted in `step_us`."""

    name: str
    field: str
    unit: Unit
    says: str
    least: float
    most: float
    step_us: int = 1

    def value_in(self, rules: Rules) -> float:
        """As the file gives it: durations in microseconds."""
        value: float = getattr(rules, self.field)
        return value * self.step_us if self.unit is Unit.DURATION else value


def _duration(name: str, field: str, says: str, most_us: int = KEPT_US, step_us: int = 1) -> Parameter:
    """State is kept for `KEPT_US`: nobody can wait longer."""
    return Parameter(name, field, Unit.DURATION, says, 1000, most_us, step_us)


def _count(name: str, field: str, says: str, least: int = 1, most: int = 100) -> Parameter:
    return Parameter(name, field, Unit.COUNT, says, least, most)


def _number(name: str, field: str, says: str, least: float = 0, most: float = 1) -> Parameter:
    return Parameter(name, field, Unit.NUMBER, says, least, most)


#: A summary holds so many transfers of a contact.
TRANSFERS_MAX = 20
AUTHENTICATIONS_MAX = 10
#: Calls, chats, e-mails, posts and forms: there are no more.
CHANNELS_MAX = 5

#: Kinds without limits are not listed.
KINDS: dict[Kind, tuple[Parameter, ...]] = dict.fromkeys(Kind, ()) | {
    Kind.ABANDONED_CALL: (
        _duration("over", "abandoned_call_after_us", "given up after waiting longer"),
    ),
    Kind.ABANDONED_FORM: (
        _duration("left_for", "abandoned_form_left_us", "left, and nothing more for this long"),
        _duration("idle_for", "abandoned_form_idle_us", "open, and nothing more for this long"),
    ),
    Kind.BOT_BOUNCE: (_count("handovers", "bot_bounce_handovers", "so many handovers in one chat"),),
    Kind.CHANNEL_SWITCH: (
        _count(
            "channels",
            "channel_switch_channels",
            "so many channels in one unresolved journey",
            least=2,
            most=CHANNELS_MAX,
        ),
    ),
    Kind.FALSE_CONTAINMENT: (
        _duration("within", "false_containment_window_us", "a person is reached within this time after all"),
    ),
    Kind.FORM_ERRORS: (_count("failures", "form_errors_failures", "so many failures of fields or submits"),),
    Kind.IVR_LOOP: (_count("entries", "ivr_loop_entries", "the same menu entered so often", least=2),),
    Kind.IVR_MAZE: (
        _count("options_over", "ivr_maze_options", "a menu with more options"),
        _count("menus_over", "ivr_maze_nodes", "more different menus"),
        _duration("time_over", "ivr_maze_time_us", "longer in the IVR before a person or its end"),
    ),
    Kind.LONG_HOLD: (_duration("over", "long_hold_us", "longer on hold, in all of the contact"),),
    Kind.LONG_WAIT: (_duration("over", "long_wait_us", "longer in a queue"),),
    Kind.LOW_SCORE: (
        _number("csat_share", "low_score_csat_share", "CSAT in this share of its scale, from the bad end"),
        _number("nps", "low_score_nps", "NPS of at most this", most=10),
        _number("ces_share", "low_score_ces_share", "CES in this share of its scale, from the hard end"),
    ),
    Kind.NEGATIVE_SENTIMENT: (
        _number("sentiment", "negative_sentiment", "sentiment of at most this, of -1 to 1", least=-1),
    ),
    Kind.REPEAT_AUTHENTICATION: (
        _count(
            "times",
            "repeat_authentication_times",
            "so many that succeeded in one journey",
            least=2,
            most=AUTHENTICATIONS_MAX,
        ),
    ),
    Kind.REPEAT_CONTACT: (
        _duration("within", "repeat_contact_window_us", "comes back within this time"),
        _duration("call_back_within", "call_back_us", "calls again sooner after nobody answered: no repeat"),
    ),
    Kind.REPEATED_TRANSFER: (
        _count("in_contact", "transfers_in_contact", "so many transfers in a contact", most=TRANSFERS_MAX),
        _count("in_journey", "transfers_in_journey", "so many transfers in a journey", most=TRANSFERS_MAX),
    ),
    Kind.SLOW_PAGE: (_duration("over", "slow_page_ms", "takes longer to load", DAY_US, step_us=1000),),
    Kind.SLOW_RESPONSE: (
        _duration("chat", "slow_response_chat_us", "a chat message without an answer for this long"),
        _duration("email", "slow_response_email_us", "an e-mail without an answer for this long"),
        _duration("social", "slow_response_social_us", "a post without an answer for this long"),
    ),
}  # fmt: skip

JOURNEYS = (
    _duration("same_goal", "journey_same_goal_us", "a contact of the same goal joins within this time"),
    _duration("unknown_goal", "journey_unknown_goal_us", "a contact joins so where either goal is unknown"),
    _duration("silence", "journey_silence_us", "a journey closes after this long without an event"),
    _duration("outcome", "journey_outcome_us", "its outcome is settled so long after its last contact"),
)
