"""Bodies that came compressed: unpacked no further than a body may be large."""

import zlib

from schemas.codec import Reason
from services.ingest.core.problems import BODY_BYTES_MAX, Code, Refusal


def unpack(encoding: str, body: bytes) -> bytes:
    """The body as it was before `Content-Encoding`, or a refusal."""
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise Refusal(Code.UNSUPPORTED_CONTENT, f"Content-Encoding {encoding!r}; send gzip")
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        unpacked = unpacker.decompress(body, BODY_BYTES_MAX + 1)
    except zlib.error as error:
        raise Refusal(Code.BAD_REQUEST, f"the body is no gzip: {error}") from None
    if len(unpacked) > BODY_BYTES_MAX:
        raise Refusal(Reason.TOO_LARGE, f"the body unpacks to over {BODY_BYTES_MAX} bytes")
    if not unpacker.eof:
        raise Refusal(Code.BAD_REQUEST, "the body is no gzip: it ends too early")
    return unpacked
