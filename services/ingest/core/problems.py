"""Every way the door says no, as one table: its code, its status, and what to do about it."""

from enum import StrEnum

from msgspec import Struct

from schemas.codec import EVENT_BYTES_MAX, InvalidEvent, Reason
from schemas.shape import DEPTH_MAX

BODY_BYTES_MAX = 1024 * 1024
EVENTS_MAX = 1000

CONTENT_TYPES = (
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "application/json",
)
_SEND = f"Send {', '.join(CONTENT_TYPES)}, or `ce-*` headers with the event's `data` as a JSON body."


class Code(StrEnum):
    """Why the door refused. A label of metrics and the `code` of problems: add, never rename."""

    BAD_HEADER = "bad_header"
    BAD_PARAMETER = "bad_parameter"
    BAD_REQUEST = "bad_request"
    BAD_SIGNATURE = "bad_signature"
    FORBIDDEN = "forbidden"
    HOOK_NOT_CONFIGURED = "hook_not_configured"
    INTERNAL = "internal"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_A_LIST = "not_a_list"
    NOT_FOUND = "not_found"
    TIMEOUT = "timeout"
    TOO_MANY_EVENTS = "too_many_events"
    UNAUTHORIZED = "unauthorized"
    UNAVAILABLE = "unavailable"
    UNSUPPORTED_CONTENT = "unsupported_content"


class Problem(Struct, frozen=True):
    status: int
    title: str
    hint: str


_CORRECT = "Correct the event and send it again; as it is it will never be accepted."

#: By `code`: one of `Code`, or the `Reason` that no event could be made of a single one.
PROBLEMS: dict[str, Problem] = {
    Code.BAD_HEADER: Problem(
        400, "A header cannot be read", "Percent-encode `ce-*` values as UTF-8, and send each once."
    ),
    Code.BAD_PARAMETER: Problem(422, "A parameter is wrong", "See /docs for the parameters of this call."),
    Code.BAD_REQUEST: Problem(400, "The request is incomplete", "Send the whole body."),
    Code.BAD_SIGNATURE: Problem(
        401,
        "Nothing vouches for this delivery",
        "The secret at the platform must be one of this connection's `secrets` in JOURNEYLINE_HOOKS.",
    ),
    Code.HOOK_NOT_CONFIGURED: Problem(
        401,
        "Nobody has configured this platform",
        'Set JOURNEYLINE_HOOKS, e.g. [{"platform": "zendesk", "tenant": "acme", "secrets": ["…"]}].',
    ),
    Code.FORBIDDEN: Problem(403, "This key may not do that", "Use a key of this tenant and scope."),
    Code.INTERNAL: Problem(500, "We made a mistake", "Try again later; sending an event twice is harmless."),
    Code.METHOD_NOT_ALLOWED: Problem(405, "Not with this method", "See /docs for the calls there are."),
    Code.NOT_A_LIST: Problem(422, "A batch is a JSON array", "Send `[event, …]`, or a single event's type."),
    Code.NOT_FOUND: Problem(404, "There is no such thing", "See /docs for the calls there are."),
    Code.TIMEOUT: Problem(408, "The body came too slowly", "Send smaller batches."),
    Code.TOO_MANY_EVENTS: Problem(
        413, "Too many events", f"Send at most {EVENTS_MAX} events in one request; split the batch."
    ),
    Code.UNAUTHORIZED: Problem(
        401, "No or wrong credential", "Send `Authorization: Bearer <key>` or `X-API-Key: <key>`."
    ),
    Code.UNAVAILABLE: Problem(
        503, "Kafka cannot take it now", "Send the same again after `Retry-After`: duplicates are harmless."
    ),
    Code.UNSUPPORTED_CONTENT: Problem(415, "This content cannot be read", _SEND),
    Reason.NOT_JSON: Problem(400, "Not JSON", "Send UTF-8 JSON as in RFC 8259."),
    Reason.TOO_LARGE: Problem(
        413,
        "Too large",
        f"A request may have {BODY_BYTES_MAX} bytes, an event {EVENT_BYTES_MAX}; split or shorten it.",
    ),
    Reason.NOT_AN_OBJECT: Problem(422, "An event is a JSON object", _CORRECT),
    Reason.TOO_COMPLEX: Problem(422, "The event is too complex", f"Keep it within {DEPTH_MAX} levels."),
    Reason.NUMBER_OUT_OF_RANGE: Problem(422, "A number is out of range", "Send large numbers as strings."),
    Reason.SCHEMA: Problem(422, "The event breaks the schema", _CORRECT),
}


class Refusal(Exception):
    """The request is refused as a whole: nothing of it was kept."""

    def __init__(self, code: Code | Reason, detail: str, events: int = 0) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        #: How many events it held, as far as they could be told apart.
        self.events = events

    @property
    def problem(self) -> Problem:
        return PROBLEMS[self.code]


def refused(error: InvalidEvent) -> Refusal:
    return Refusal(error.reason, error.detail, events=1)
