"""The `data` of every event type, frozen and typed, in the order of the contract's table.

The order breaks ties between events of one moment. Add types and fields at will; rename
nothing, for producers and stored state depend on the names.
"""

from typing import Union, get_args

from schemas.data.base import Contact, Data
from schemas.data.chat import (
    ChatAbandoned,
    ChatAuthenticated,
    ChatEnded,
    ChatHandedOver,
    ChatMessageSent,
    ChatStarted,
    ChatTransferred,
)
from schemas.data.voice import (
    CallAbandoned,
    CallAnswered,
    CallAuthenticated,
    CallEnded,
    CallHeld,
    CallQueued,
    CallResumed,
    CallStarted,
    CallTranscribed,
    CallTransferred,
    IvrAuthenticated,
    IvrEnded,
    IvrInputFailed,
    IvrMenuEntered,
    IvrOptionSelected,
    IvrStarted,
)
from schemas.data.web_form import (
    FieldChanged,
    FieldFailed,
    FormLeft,
    FormStarted,
    FormSubmitted,
    FormViewed,
    PageLoaded,
    SubmitFailed,
)
from schemas.data.written import (
    AgentNoted,
    ConsentChanged,
    CustomerIdentified,
    CustomerSeparated,
    CustomerUpdated,
    EmailReceived,
    EmailReplied,
    SocialPosted,
    SocialReplied,
    SurveyAnswered,
    TicketOpened,
    TicketReopened,
    TicketResolved,
    TicketUpdated,
    TouchpointHappened,
    Unknown,
)

__all__ = ["CHANNELS", "IDENTIFIER_TYPES", "TYPES", "AnyData", "Contact", "Data"]

CHANNELS = (
    "ivr",
    "call",
    "chat",
    "web_form",
    "survey",
    "ticket",
    "email",
    "social",
    "touchpoint",
    "agent",
    "customer",
)

#: Types of identifier, strongest first.
IDENTIFIER_TYPES = (
    "customer_id",
    "account_id",
    "email",
    "phone",
    "visitor_id",
    "device_id",
)

AnyData = Union[  # noqa: UP007
    IvrStarted, IvrMenuEntered, IvrOptionSelected, IvrInputFailed, IvrAuthenticated, IvrEnded,
    CallStarted, CallQueued, CallAnswered, CallHeld, CallResumed, CallTransferred,
    CallAuthenticated, CallTranscribed, CallAbandoned, CallEnded,
    ChatStarted, ChatMessageSent, ChatHandedOver, ChatTransferred, ChatAuthenticated,
    ChatAbandoned, ChatEnded,
    PageLoaded, FormViewed, FormStarted, FieldChanged, FieldFailed, FormLeft, SubmitFailed,
    FormSubmitted,
    SurveyAnswered,
    TicketOpened, TicketUpdated, TicketResolved, TicketReopened,
    EmailReceived, EmailReplied,
    SocialPosted, SocialReplied,
    TouchpointHappened,
    AgentNoted,
    CustomerIdentified, CustomerSeparated, CustomerUpdated, ConsentChanged,
    Unknown,
]  # fmt: skip

#: `type` -> the class of its `data`.
TYPES: dict[str, type[Data]] = {
    str(cls.__struct_config__.tag): cls for cls in get_args(AnyData) if cls is not Unknown
}
