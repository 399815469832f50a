"""The HTTP server with bounds of its own: what a head may hold, how long it may take, how many connect.

Uvicorn's server reads a head of any length for any time, and counts idle connections as load.
"""

import resource
from asyncio import TimerHandle, Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from services.ingest.offers import OfferFilter

HEAD_BYTES_MAX = 16 * 1024
#: A head that is not whole by then is from nobody who means it.
HEAD_SECONDS = 10.0
#: Idle ones cost 10 KB each.
CONNECTIONS_MAX = 16_000
FILES_MAX = CONNECTIONS_MAX + 1_000


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._is_in_head = True
        self._head_bytes = 0
        self._offers = OfferFilter()
        self._head_timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS_MAX:
            transport.abort()
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_in_head and self._head_timer is None:
            self._await_head()
        self._head_bytes += len(data)
        super().data_received(self._offers.feed(data))
        if self._is_in_head and self._head_bytes > HEAD_BYTES_MAX:
            self.send_400_response("")

    def on_headers_complete(self) -> None:
        # The callbacks have seen no more than the data so far, of which some may be body.
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        self._head_bytes = size
        if size > HEAD_BYTES_MAX:
            raise ValueError("the head is too large")
        self._is_in_head = False
        self._cancel()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_in_head, self._head_bytes = True, 0
        self._offers = OfferFilter()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Where the head was too large, says so; after an answer that is under way, says nothing."""
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body:
            # What follows a whole request is no request: its answer is the last one.
            self.cycle.keep_alive = False
            return
        if self._head_bytes <= HEAD_BYTES_MAX:
            super().send_400_response(msg)
            return
        head = b"content-type: application/problem+json\r\nconnection: close\r\ncontent-length: "
        text = (
            b'{"type":"urn:journeyline:problem:head_too_large","title":"The head is too large","status":431,'
            b'"detail":"URL and headers may have %d bytes","code":"head_too_large",'
            b'"hint":"Send fewer or shorter headers."}' % HEAD_BYTES_MAX
        )
        self.transport.write(STATUS_LINE[431] + head + b"%d\r\n\r\n" % len(text) + text)
        self.transport.close()

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self.timeout_keep_alive_handler)

    def _cancel(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def allow_files() -> None:
    """Raises the limit of open files to what as many connections need, as far as this user may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_MAX if hard == resource.RLIM_INFINITY else min(FILES_MAX, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
