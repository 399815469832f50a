"""What a batch says, kept in the changelog together with the state that it comes from.

A batch that is folded again after a crash may be cut elsewhere, and then it says other things: a
friction that one cut raises and the next takes back is never raised by a cut that holds both. So
what was decided is durable before it is said, and whoever takes the partition over says the last of
it again. Once said it is deleted, at the latest a beat later.
"""

from collections.abc import Iterable, Iterator

import msgspec

from services.stream.stage import Output, Partition

OUTBOX = b"\x00outbox"
#: Outputs are put together into values of about this size.
CHUNK_BYTES = 256 * 1024
#: What an output takes beside its value: names and lengths.
OVERHEAD_BYTES = 200

_outputs = msgspec.msgpack.Decoder(list[Output])


def save(partition: Partition) -> None:
    """Adds the outputs of the batch in hand to its changes, in place of the last batch's."""
    chunks = list(_chunks(partition.outputs))
    for number, chunk in enumerate(chunks):
        partition.put(_key(number), msgspec.msgpack.encode(chunk))
    for number in range(len(chunks), partition.outbox):
        partition.delete(_key(number))
    partition.outbox = len(chunks)


def forget(partition: Partition) -> None:
    """The last batch's outputs were said."""
    for number in range(partition.outbox):
        partition.delete(_key(number))
    partition.outbox = 0


def load(partition: Partition) -> list[Output]:
    """The outputs of the last batch, as far as they may not have been said."""
    stored = [body for _, body in partition.scan(OUTBOX)]
    partition.outbox = len(stored)
    return [output for body in stored for output in _outputs.decode(body)]


def _key(number: int) -> bytes:
    return OUTBOX + number.to_bytes(4)


def _chunks(outputs: Iterable[Output]) -> Iterator[list[Output]]:
    chunk: list[Output] = []
    size = 0
    for output in outputs:
        needed = len(output.key or b"") + len(output.value) + OVERHEAD_BYTES
        if chunk and size + needed > CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(output)
        size += needed
    if chunk:
        yield chunk
