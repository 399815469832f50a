"""Puts the ingest service together: the door, its routes, and their life beside each other."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from services.ingest.api import (
    became,
    collectors,
    events,
    form_tracker,
    health,
    hooks,
    problems,
    quarantine,
    replays,
)
from services.ingest.api.models import ProblemDetails
from services.ingest.door import Door
from services.settings import Settings

log = structlog.get_logger()

DESCRIPTION = """Takes the events of a contact centre as [CloudEvents](https://cloudevents.io).

Refusals are `application/problem+json` with a `code` for programs and a `hint` for people.

Several processes may share the work: rates (429), what may be under way (503), `/v1/sources` and `/metrics`
are each process's own, all other answers the same."""


def create_app(settings: Settings) -> FastAPI:
    """The ingest service. It stays up while Kafka is away, and says so."""
    app = FastAPIOffline(
        title="Journeyline ingest", description=DESCRIPTION, version="1", lifespan=_lifespan, redoc_url=None
    )
    app.state.settings = settings
    problems.install(app)
    for part in (events, hooks, collectors, became, form_tracker, quarantine, replays, health):
        app.include_router(part.router)
    _document_problems(app)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    # Here and not in `create_app`: the door's parts belong to the running event loop.
    app.state.door = Door(app.state.settings)
    app.state.running = asyncio.create_task(app.state.door.run())
    app.state.running.add_done_callback(_on_end)
    try:
        yield
    finally:
        app.state.running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await app.state.running


def _on_end(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.critical("background_task_died", exc_info=error)
        # Nothing would be kept from now on. Whoever runs us starts us anew.
        signal.raise_signal(signal.SIGTERM)


def _document_problems(app: FastAPI) -> None:
    """FastAPI documents the models of answers only, and refusals are answered by hand."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        document["components"]["schemas"]["ProblemDetails"] = ProblemDetails.model_json_schema()
        return document

    app.openapi = openapi  # type: ignore[method-assign]
