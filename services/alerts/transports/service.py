"""Everything else that apprise knows: Slack, PagerDuty, SMS, Teams, Telegram and a hundred more."""

import re

import apprise
from apprise.plugins.base import NotifyBase

from services.alerts.transports.errors import Message, TransportError

_CALL = re.compile(r"@(?=everyone|here)", re.IGNORECASE)


class Service:
    """Apprise tells success or failure, and no key can be given: what is sent twice is seen twice."""

    def __init__(self, service: NotifyBase) -> None:
        self._apprise = apprise.Apprise()
        self._apprise.add(service)

    def deliver(self, message: Message) -> None:
        try:
            is_sent = bool(
                self._apprise.notify(
                    body=_calling_nobody(message["message"]),
                    title=_calling_nobody(message["title"]),
                    notify_type=message["type"],
                    # Else what customers' pages are named is a chat's mark-up: links, calls of everybody.
                    body_format=apprise.NotifyFormat.TEXT,
                )
            )
        except Exception as error:  # a plugin's fault must not end the service
            raise TransportError(f"the service's plugin failed with {type(error).__name__}") from None
        if not is_sent:
            raise TransportError("the service did not take it")


def _calling_nobody(text: str) -> str:
    """A page's name must not wake a whole Discord server: a blank without width takes the call apart."""
    return _CALL.sub("@\u200b", text)
