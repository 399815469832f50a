"""Which batch of which writer a record is of: how a reader knows what was said again long before.

A worker that is cut off while what it says is under way may deliver it after another one has taken its
partition over, said it again, and newer things besides. Who takes the last record of a key for what holds
would go back in time.

So what workers write carries a header: its writer, which is a partition of a stage in one life of its state,
and the number of the batch that says it. All of a batch is in the log before anything of the next is said.
So, in a partition of a topic, what has a smaller number than a record of the same writer before it was said
before. It is passed over by whoever knows its key; not by others, since compaction may have left nothing
else of that key.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple, Protocol, TypeVar

#: `<stage>/<partition>/<life>:<number>`
HEADER = "journeyline-batch"
_BATCH = re.compile(rb"([\w.-]{1,100}/[0-9]{1,6})/([0-9a-f]{1,16}):([0-9]{1,19})")
#: What fits into a database.
NUMBER_MAX = 2**63 - 1
#: So many writers of a topic are known at most, against foreign ones.
WRITERS_MAX = 10_000
Header = tuple[str, bytes]
K = TypeVar("K")


class Batch(NamedTuple):
    """`number` grows with every batch of one life."""

    life: str
    number: int


#: By topic, partition and writer (`<stage>/<partition>`).
Newest = dict[tuple[str, int, str], Batch]


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

    def __init__(self, newest: Mapping[tuple[str, int, str], Batch]) -> None:
        self._newest = dict(newest)
        self._news: Newest = {}

    def is_repeat(self, record: Record) -> bool:
        """To be asked of each record, in order."""
        if (found := batch_of(record.headers)) is None:
            return False
        writer, batch = found
        key = (record.topic, record.partition, writer)
        is_old = is_older(self._newest, key, batch)
        if not is_old:
            self._news[key] = batch
        return is_old

    def take_news(self) -> Newest:
        """What is newer than when this was asked last."""
        news, self._news = self._news, {}
        return news


def is_older(newest: dict[K, Batch], writer: K, batch: Batch) -> bool:
    """Whether it is older than its writer's newest; if not, it is noted as that."""
    known = newest.get(writer)
    if known is None and len(newest) >= WRITERS_MAX:
        return False
    is_old = known is not None and batch.life == known.life and batch.number < known.number
    if not is_old:
        newest[writer] = batch
    return is_old


def header_of(writer: str, batch: Batch) -> Header:
    return HEADER, f"{writer}/{batch.life}:{batch.number}".encode()


def batch_of(headers: Iterable[Header]) -> tuple[str, Batch] | None:
    """With its writer; None where it does not say, or not so that we understand."""
    return next((_read(value) for name, value in headers if name == HEADER), None)


@lru_cache(maxsize=1024)
def _read(value: bytes) -> tuple[str, Batch] | None:
    found = _BATCH.fullmatch(value)
    if found is None or int(found[3]) > NUMBER_MAX:
        return None
    return found[1].decode(), Batch(found[2].decode(), int(found[3]))
