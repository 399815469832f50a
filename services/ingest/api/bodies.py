"""Reading a body under limits: counted while it comes, whatever its Content-Length says."""

import asyncio
from collections.abc import Callable

from fastapi import Request
from starlette.requests import ClientDisconnect

from schemas.codec import Reason
from services.ingest.api.door import door_of
from services.ingest.core.problems import BODY_BYTES_MAX, Code, Refusal

READ_SECONDS = 30.0
#: A client that still sends when we close may never see the answer: so much is read and dropped.
DRAIN_BYTES_MAX = 8 * BODY_BYTES_MAX


async def read_body(request: Request) -> bytes:
    """The whole body, or a refusal that says what was wrong with it."""
    room = door_of(request).room
    held = 0

    def hold(size: int) -> None:
        nonlocal held
        room.take(size)
        held += size

    try:
        async with asyncio.timeout(READ_SECONDS):
            chunks, size = await _read(request, hold)
    except TimeoutError:
        raise Refusal(Code.TIMEOUT, f"the body took over {READ_SECONDS:g} s") from None
    except ClientDisconnect:
        raise Refusal(Code.BAD_REQUEST, "the client went away within the body") from None
    finally:
        room.give_back(held)
    if size > BODY_BYTES_MAX:
        raise Refusal(Reason.TOO_LARGE, f"the body has over {BODY_BYTES_MAX} bytes")
    return b"".join(chunks)


async def _read(request: Request, hold: Callable[[int], None]) -> tuple[list[bytes], int]:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > DRAIN_BYTES_MAX:
            break
        if size > BODY_BYTES_MAX:
            chunks.clear()
        else:
            hold(len(chunk))
            chunks.append(chunk)
    return chunks, size
