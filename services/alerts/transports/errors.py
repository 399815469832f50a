"""The one error of transports; it says whether trying again makes sense."""

from typing import Any, Protocol

Message = dict[str, Any]


class TransportError(Exception):
    """Not delivered, as far as we know. Its text holds no secret: it is logged and shown."""

    def __init__(self, text: str, *, is_permanent: bool = False, wait_seconds: float = 0.0) -> None:
        super().__init__(text)
        self.is_permanent = is_permanent
        #: How long the receiver asked us to wait.
        self.wait_seconds = wait_seconds


class Transport(Protocol):
    """Called by one thread at a time."""

    def deliver(self, message: Message) -> str | None:
        """What people should know of a delivery all the same, e.g. who of several was left out."""
