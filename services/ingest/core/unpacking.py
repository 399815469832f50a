"""Bodies that came compressed: unpacked no further than a body may be large."""

import zlib
from io import BytesIO

import zstandard

from schemas.codec import Reason
from services.ingest.core.problems import BODY_BYTES_MAX, Code, Refusal

#: What unpacks to more than so many times its size was made to do harm.
RATIO_MAX = 200
#: Below this nobody is harmed.
SMALL_BYTES = 64 * 1024
#: As RFC 9659 has it for HTTP.
WINDOW_BYTES_MAX = 8 * 1024 * 1024

ENCODINGS = ("gzip", "deflate", "zstd")
_PLAIN = ("", "identity")


def check_encoding(encoding: str) -> None:
    """Refuses what `unpack` does not know, before the body is read."""
    if encoding not in (*ENCODINGS, *_PLAIN):
        raise Refusal(
            Code.UNSUPPORTED_CONTENT, f"Content-Encoding {encoding!r}; send one of {', '.join(ENCODINGS)}"
        )


def unpack(encoding: str, body: bytes) -> bytes:
    """The body as it was before `Content-Encoding`, or a refusal."""
    if encoding in _PLAIN:
        return body
    limit = min(BODY_BYTES_MAX, max(SMALL_BYTES, len(body) * RATIO_MAX))
    try:
        unpacked = _zstd(body, limit) if encoding == "zstd" else _zlib(encoding, body, limit)
    except (zlib.error, zstandard.ZstdError, EOFError) as error:
        raise Refusal(Code.BAD_REQUEST, f"the body is no {encoding}: {error}") from None
    if len(unpacked) > limit:
        raise Refusal(
            Reason.TOO_LARGE,
            f"the body unpacks to over {limit} bytes: {RATIO_MAX} times its size, {BODY_BYTES_MAX} at most",
        )
    return unpacked


def _zlib(encoding: str, body: bytes, limit: int) -> bytes:
    # Some clients take "deflate" for the bare stream, without zlib's two bytes before it.
    is_bare = encoding == "deflate" and (not body or body[0] & 0x0F != 8)
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS if encoding == "gzip" else -15 if is_bare else 15)
    unpacked = unpacker.decompress(body, limit + 1)
    if len(unpacked) <= limit and not unpacker.eof:
        raise EOFError("it ends too early")
    return unpacked


def _zstd(body: bytes, limit: int) -> bytes:
    unpacker = zstandard.ZstdDecompressor(max_window_size=WINDOW_BYTES_MAX)
    with unpacker.stream_reader(BytesIO(body)) as reader:
        return reader.read(limit + 1)
