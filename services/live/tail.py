"""Tells the streams of this process that the log of changes has grown: one small query for all of them."""

import asyncio
from contextlib import suppress

import structlog
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from services.live.store import changes

log = structlog.get_logger()

POLL_SECONDS = 0.25


class Tail:
    """`grown` is set once and replaced: take it, look into the log, then wait for it."""

    def __init__(self, engine: Engine) -> None:
        self.grown = asyncio.Event()
        self._engine = engine
        self._stopping = asyncio.Event()
        self._newest = 0

    def stop(self) -> None:
        # No cancellation: it would leave a query behind in its thread.
        self._stopping.set()

    async def follow(self) -> None:
        while not self._stopping.is_set():
            try:
                newest = await run_in_threadpool(self._read)
            except SQLAlchemyError as error:
                # The requests tell their clients; the log is followed again as soon as it answers.
                log.warning("changes_unreadable", error=str(error))
            else:
                self._tell(newest)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), POLL_SECONDS)

    def _tell(self, newest: int) -> None:
        if newest != self._newest:
            self._newest = newest
            self.grown.set()
            self.grown = asyncio.Event()

    def _read(self) -> int:
        with self._engine.connect() as connection:
            return changes.newest(connection)
