"""The voice channels: `ivr` and `call`."""

from typing import Literal

from schemas.data.base import Authenticated, Count, Data, Said, Transferred
from schemas.personal import PersonalText


class IvrStarted(Data, frozen=True, kw_only=True, tag="ivr.started"):
    pass


class IvrMenuEntered(Data, frozen=True, kw_only=True, tag="ivr.menu_entered"):
    node: str
    options: Count | None = None


class IvrOptionSelected(Data, frozen=True, kw_only=True, tag="ivr.option_selected"):
    node: str
    option: str | int | None = None


class IvrInputFailed(Data, frozen=True, kw_only=True, tag="ivr.input_failed"):
    node: str
    reason: str | None = None


class IvrAuthenticated(Authenticated, frozen=True, kw_only=True, tag="ivr.authenticated"):
    node: str | None = None


class IvrEnded(Data, frozen=True, kw_only=True, tag="ivr.ended"):
    reason: str | None = None
    node: str | None = None


class CallStarted(Data, frozen=True, kw_only=True, tag="call.started"):
    direction: Literal["inbound", "outbound"] | None = None


class CallQueued(Data, frozen=True, kw_only=True, tag="call.queued"):
    pass


class CallAnswered(Data, frozen=True, kw_only=True, tag="call.answered"):
    pass


class CallHeld(Data, frozen=True, kw_only=True, tag="call.held"):
    pass


class CallResumed(Data, frozen=True, kw_only=True, tag="call.resumed"):
    pass


class CallTransferred(Transferred, frozen=True, kw_only=True, tag="call.transferred"):
    from_agent: PersonalText | None = None
    to_agent: PersonalText | None = None
    kind: str | None = None


class CallAuthenticated(Authenticated, frozen=True, kw_only=True, tag="call.authenticated"):
    pass


class CallTranscribed(Said, frozen=True, kw_only=True, tag="call.transcribed"):
    by: Literal["customer", "agent"] = "customer"


class CallAbandoned(Data, frozen=True, kw_only=True, tag="call.abandoned"):
    pass


class CallEnded(Data, frozen=True, kw_only=True, tag="call.ended"):
    ended_by: str | None = None
    disposition: str | None = None
    resolved: bool | None = None
