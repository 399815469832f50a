"""Why something is no event of ours."""

from enum import StrEnum


class Reason(StrEnum):
    """Why something is no event of ours. A label of metrics and of quarantine: add, never rename."""

    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    TOO_COMPLEX = "too_complex"
    NUMBER_OUT_OF_RANGE = "number_out_of_range"
    SCHEMA = "schema"
    UNKNOWN_CHANNEL = "unknown_channel"
    IN_FUTURE = "in_future"
    #: A platform's own payload that says nothing of ours, or fails in translation.
    SET_ASIDE = "set_aside"
    UNTRANSLATABLE = "untranslatable"


class InvalidEvent(Exception):
    """Can never become an event as it is: quarantine it. `detail` tells its sender what to do."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
