"""What part each type of event plays in its contact, looked up once an event."""

from typing import NamedTuple

from schemas.data import TYPES, chat, voice, written
from schemas.data.base import Data, Transferred
from schemas.events import channel_of
from services.journey_builder.core.handlers import HANDLERS, Handler

#: Channels on which people speak with the company; the first one heard names the contact's channel.
CONVERSATIONS = frozenset({"ivr", "call", "chat", "email", "social"})
#: A contact's ticket events and notes alone make none that others may repeat.
RECORDS = frozenset({"ticket", "agent"})
#: An IVR may also pass the customer on.
TERMINAL = (voice.IvrEnded, voice.CallAbandoned, voice.CallEnded, chat.ChatAbandoned, chat.ChatEnded)


class Part(NamedTuple):
    """`conversation`: its channel, if people speak there."""

    conversation: str | None
    is_call: bool
    is_record: bool
    is_note: bool
    is_survey: bool
    is_transfer: bool
    is_terminal: bool
    is_end_of_ivr: bool
    handlers: tuple[Handler, ...]


def _part(name: str, cls: type[Data]) -> Part:
    channel = channel_of(name)
    return Part(
        conversation=channel if channel in CONVERSATIONS else None,
        is_call=channel == "call",
        is_record=channel in RECORDS,
        is_note=cls is written.AgentNoted,
        is_survey=cls is written.SurveyAnswered,
        is_transfer=issubclass(cls, Transferred),
        is_terminal=cls in TERMINAL,
        is_end_of_ivr=cls is voice.IvrEnded,
        handlers=HANDLERS.get(cls, ()),
    )


#: What is not here only speaks of a customer, or is of no known type.
PARTS = {cls: _part(name, cls) for name, cls in TYPES.items() if channel_of(name) != "customer"}
