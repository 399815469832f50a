"""Which batch of which writer a record is of: how a reader knows what was said again long before.

A worker that is stopped, or cut off, while what it says is under way may deliver it after another one has
taken its partition over, said it again, and newer things besides. Who takes the last record of a key for
what holds would go back in time.

So what workers write carries a header: its writer, which is a partition of a stage in one life of its state,
and the number of the batch that says it. All of a batch is in the log before anything of the next is said.
So, in a partition of a topic, whatever has a smaller number than a record of the same writer before it is
there already, and may be passed over.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Protocol, TypeVar

#: `<writer>:<number>`, in ASCII.
HEADER = "journeyline-batch"
K = TypeVar("K")
Header = tuple[str, bytes]
#: By topic, partition and writer, its newest batch.
Newest = dict[tuple[str, int, str], int]


class Record(Protocol):
    """What of a consumed record matters here; aiokafka's has it."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def headers(self) -> Iterable[Header]: ...


class Heard:
    """The newest batch of each writer, of all that one reader reads: to be kept with its offsets."""

    def __init__(self, newest: Mapping[tuple[str, int, str], int]) -> None:
        self._newest = dict(newest)
        self._news: Newest = {}

    def is_repeat(self, record: Record) -> bool:
        """To be asked of each record, in order."""
        if (batch := batch_of(record.headers)) is None:
            return False
        writer, number = batch
        key = (record.topic, record.partition, writer)
        is_old = is_older(self._newest, key, number)
        if not is_old:
            self._news[key] = number
        return is_old

    def take_news(self) -> Newest:
        """What is newer than when this was asked last."""
        news, self._news = self._news, {}
        return news


def is_older(newest: dict[K, int], key: K, number: int) -> bool:
    """Whether a writer's batch is older than its newest; if not, it is noted as that."""
    is_old = number < newest.get(key, -1)
    if not is_old:
        newest[key] = number
    return is_old


def header_of(writer: str, number: int) -> Header:
    return HEADER, f"{writer}:{number}".encode()


def batch_of(headers: Iterable[Header]) -> tuple[str, int] | None:
    """Writer and number; None where it does not say."""
    return next((_read(value) for name, value in headers if name == HEADER), None)


@lru_cache(maxsize=1024)
def _read(value: bytes) -> tuple[str, int] | None:
    writer, _, number = value.decode(errors="replace").rpartition(":")
    return (writer, int(number)) if writer and number.isdecimal() and len(number) < 20 else None
