"""Long work in pieces: generators that yield between them, and return what they found."""

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")

#: So many of the things that a loop goes through are one piece, some milliseconds. What goes over a whole set
#: at once, as a sort does, is one, too: of a hundred thousand things, part of a second.
PIECE = 1000


def at_once(work: Generator[None, None, T]) -> T:
    while True:
        try:
            next(work)
        except StopIteration as end:
            found: T = end.value
            return found
