"""Offers of another protocol in a request's head, made harmless.

We speak HTTP/1.1 alone. In a request that offers another one, as Java's client does each time, llhttp as
httptools drives it sees no body, and takes the body for the next request.
"""

import re

_NAME = b"upgrade:"
_OFFER = re.compile(rb"\r\n" + _NAME, re.IGNORECASE)
_END = b"\r\n\r\n"


class OfferFilter:
    """One request's head, in pieces as they come: the header `Upgrade` gets another name as long.

    Holds nothing back but the beginning of what could be this name: whoever waits for an answer has sent all
    that he will.
    """

    def __init__(self) -> None:
        #: What was passed on last: a line's or the head's end may be split over pieces.
        self._before = b""
        self._held = b""
        self._is_over = False

    def feed(self, piece: bytes) -> bytes:
        """What to parse. What follows the head stays as it is."""
        if self._is_over:
            return piece
        known = len(self._before)
        window = self._before + self._held + piece
        end = window.find(_END)
        head, rest = (window, b"") if end < 0 else (window[:end], window[end:])
        self._is_over = bool(rest)
        self._held = b"" if self._is_over else _begun(head)
        head = _OFFER.sub(b"\r\nx-grade:", head[: len(head) - len(self._held)])
        self._before = head[1 - len(_END) :]
        return (head + rest)[known:]


def _begun(head: bytes) -> bytes:
    """The beginning of the name that the head ends with so far. Empty where there is none."""
    line = head.rfind(b"\r\n") + 2
    name = head[line:]
    return name if line >= 2 and len(name) < len(_NAME) and _NAME.startswith(name.lower()) else b""
