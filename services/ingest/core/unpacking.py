"""Bodies that came compressed: unpacked no further than a body may be large."""

import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import zstandard

from schemas.codec import Reason
from services.ingest.core.problems import BODY_BYTES_MAX, Code, Refusal

#: What unpacks to more than so many times its size was made to do harm.
RATIO_MAX = 200
#: Below this nobody is harmed.
SMALL_BYTES = 64 * 1024
#: As RFC 9659 has it for HTTP.
WINDOW_BYTES_MAX = 8 * 1024 * 1024

#: Compressed bodies in one. Each costs a copy of all that follow it.
MEMBERS_MAX = 100

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
    if encoding == "gzip":
        return _members(body, lambda: zlib.decompressobj(16 + zlib.MAX_WBITS), limit)
    # Some clients take "deflate" for the bare stream, without zlib's two bytes before it.
    is_bare = not body or body[0] & 0x0F != 8
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS if is_bare else zlib.MAX_WBITS)
    unpacked = unpacker.decompress(body, limit + 1)
    if len(unpacked) <= limit and (unpacker.unused_data or not unpacker.eof):
        raise EOFError("something follows its end" if unpacker.eof else "it ends too early")
    return unpacked


def _zstd(body: bytes, limit: int) -> bytes:
    known = zstandard.ZstdDecompressor(max_window_size=WINDOW_BYTES_MAX)
    with known.stream_reader(BytesIO(body), read_across_frames=True) as reader:
        unpacked = reader.read(limit + 1)
    if len(unpacked) <= limit:
        # It takes a frame that breaks off for a whole one. Now that it is known to be small, look again.
        _members(body, lambda: _Frame(known.decompressobj()), limit)
    return unpacked


class _Frame:
    """A frame of zstd, as `zlib` would have it."""

    def __init__(self, unpacker: Any) -> None:
        self._unpacker = unpacker

    def decompress(self, data: bytes, _limit: int) -> bytes:
        unpacked: bytes = self._unpacker.decompress(data)
        self.eof, self.unused_data = bool(self._unpacker.eof), bytes(self._unpacker.unused_data)
        return unpacked


def _members(body: bytes, unpacker: Callable[[], Any], limit: int) -> bytes:
    """Of a body that is several compressed ones, one after the other, as RFC 1952 and RFC 8878 allow."""
    unpacked: bytes = b""
    for _ in range(MEMBERS_MAX):
        member = unpacker()
        unpacked += member.decompress(body, limit + 1 - len(unpacked))
        if len(unpacked) > limit:
            return unpacked
        if not member.eof:
            raise EOFError("it ends too early")
        body = member.unused_data
        if not body.strip(b"\0"):
            return unpacked
    raise EOFError(f"it has over {MEMBERS_MAX} members")
