"""Everything else that apprise knows: Slack, PagerDuty, SMS, Teams, Telegram and a hundred more."""

import apprise
from apprise.plugins.base import NotifyBase

from services.alerts.transports.errors import Message, TransportError


class Service:
    """Apprise tells success or failure, and no key can be given: what is sent twice is seen twice."""

    def __init__(self, service: NotifyBase) -> None:
        self._apprise = apprise.Apprise()
        self._apprise.add(service)

    def deliver(self, message: Message) -> None:
        try:
            is_sent = bool(
                self._apprise.notify(
                    body=message["message"],
                    title=message["title"],
                    notify_type=message["type"],
                    # Else what customers' pages are named is a chat's mark-up: links, calls of everybody.
                    body_format=apprise.NotifyFormat.TEXT,
                )
            )
        except Exception as error:  # a plugin's fault must not end the service
            raise TransportError(f"the service's plugin failed with {type(error).__name__}") from None
        if not is_sent:
            raise TransportError("the service did not take it")
