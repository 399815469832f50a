"""The `chat` channel."""

from typing import Literal

from msgspec import field

from schemas.data.base import Authenticated, Data, Said, Transferred


class ChatStarted(Data, frozen=True, kw_only=True, tag="chat.started"):
    bot: str | None = None


class ChatMessageSent(Said, frozen=True, kw_only=True, tag="chat.message_sent"):
    by: Literal["customer", "bot", "agent"]
    bot: str | None = None


class ChatHandedOver(Data, frozen=True, kw_only=True, tag="chat.handed_over"):
    from_: str | None = field(default=None, name="from")
    to: str | None = None
    bot: str | None = None


class ChatTransferred(Transferred, frozen=True, kw_only=True, tag="chat.transferred"):
    bot: str | None = None


class ChatAuthenticated(Authenticated, frozen=True, kw_only=True, tag="chat.authenticated"):
    bot: str | None = None


class ChatAbandoned(Data, frozen=True, kw_only=True, tag="chat.abandoned"):
    bot: str | None = None


class ChatEnded(Data, frozen=True, kw_only=True, tag="chat.ended"):
    ended_by: str | None = None
    reason: str | None = None
    resolved: bool | None = None
    bot: str | None = None
