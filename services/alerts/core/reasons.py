"""Why: of every yes and no that a person may question. Labels of metrics, words of the history."""

from enum import StrEnum


class Reason(StrEnum):
    """Add, never rename."""

    # What a friction does to incidents.
    OPENED = "opened"
    JOINED = "joined"
    #: It is counted already, and says the same or more.
    KNOWN = "known"
    #: Its writer has said newer things since: a worker that was replaced wrote it late.
    REPEAT = "repeat"
    #: It was counted, and is no longer.
    RETRACTED = "retracted"
    #: Its retraction; it had never been counted.
    UNCOUNTED = "uncounted"
    #: Detected too long after it happened: a late arrival wakes nobody.
    STALE = "stale"
    REPLAYED = "replayed"
    #: Its source is silent: the feed may be what is broken.
    SUSPECT = "suspect"

    # Why receivers are told.
    FIRST = "first"
    WORSENED = "worsened"
    ESCALATED = "escalated"
    CLOSED = "closed"
    TEST = "test"

    # Why they are not.
    TOLD = "told"
    #: It was over before we saw it.
    PAST = "past"
    SILENCED = "silenced"
    ACKNOWLEDGED = "acknowledged"
    NOT_USEFUL = "not_useful"


#: The reasons that lead to a notification.
TELLING = frozenset({Reason.FIRST, Reason.WORSENED, Reason.ESCALATED, Reason.CLOSED, Reason.TEST})
