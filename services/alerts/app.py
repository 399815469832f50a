"""The service put together: database, consumer, senders, API."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from threading import Thread

from fastapi import Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from sqlalchemy import Engine

from services.alerts.api import health, incidents, receivers, silences
from services.alerts.api.origins import check_origin, origins_of
from services.alerts.consumer import Consumer
from services.alerts.core.backoff import Pauses
from services.alerts.core.board import Context
from services.alerts.core.policy import MINUTE_US, Limits
from services.alerts.metrics import REQUEST_SECONDS
from services.alerts.receivers import Receiver
from services.alerts.sender import Sender, wall_us
from services.keys import Keyring
from services.settings import Settings
from services.web.auth import check_all_tenants, check_key
from services.web.health import router as alive_router
from services.web.limits import BodyLimit
from services.web.measure import Measure
from services.web.problems import answer_problems

_DESCRIPTION = """What is wrong now, who knows of it, and what was done.

Frictions of one kind at one touchpoint are one incident while it lasts. Lists answer `{"items",
"next_cursor", "total", "total_is"}`, newest first; go on with `cursor`. Refusals are
`application/problem+json`. Times are RFC 3339, UTC, milliseconds."""
_V1 = (incidents.router,)
#: What concerns every tenant.
_V1_OF_ALL = (silences.router, receivers.router)


def context_of(settings: Settings, told: Sequence[Receiver]) -> Context:
    limits = Limits(
        stale_us=int(settings.alerts_stale_minutes * MINUTE_US),
        quiet_us=int(settings.alerts_quiet_minutes * MINUTE_US),
        worsened_us=int(settings.alerts_worsened_minutes * MINUTE_US),
    )
    return Context(
        limits=limits,
        routes=tuple(receiver.route for receiver in told),
        silences=(),
        live_page=settings.live_page,
        tells_closed=settings.alerts_tell_closed,
    )


def senders_of(settings: Settings, engine: Engine, told: Sequence[Receiver]) -> list[Sender]:
    pauses = Pauses(
        first_seconds=settings.alerts_retry_seconds, longest_seconds=settings.alerts_retry_seconds_max
    )
    return [Sender(engine, receiver, pauses, settings.alerts_attempt_seconds) for receiver in told]


def create_app(
    settings: Settings,
    engine: Engine,
    told: Sequence[Receiver] = (),
    consumer: Consumer | None = None,
    senders: Sequence[Sender] = (),
    now_us: Callable[[], int] = wall_us,
) -> FastAPI:
    """The API over a database; consumer and senders live as long as the API does."""
    app = FastAPI(
        title="Journeyline alerts", version="1", description=_DESCRIPTION, lifespan=_lifespan, redoc_url=None
    )
    app.state.settings = settings
    app.state.keys = Keyring(settings.keys_path, settings.api_key.get_secret_value())
    app.state.engine = engine
    app.state.receivers = tuple(told)
    app.state.context = context_of(settings, told)
    app.state.consumer = consumer
    app.state.senders = tuple(senders)
    app.state.now_us = now_us
    app.state.origins = origins_of(settings)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=app.state.origins,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "X-API-Key", "Content-Type"],
    )
    app.add_middleware(BodyLimit)
    app.add_middleware(Measure, seconds=REQUEST_SECONDS)
    answer_problems(app)
    for router in _V1:
        app.include_router(router, dependencies=[Depends(check_origin), Depends(check_key)])
    for router in _V1_OF_ALL:
        app.include_router(
            router, dependencies=[Depends(check_origin), Depends(check_key), Depends(check_all_tenants)]
        )
    app.include_router(alive_router)
    app.include_router(health.router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    threads: list[Thread] = [*app.state.senders]
    if app.state.consumer is not None:
        threads.append(app.state.consumer)
    for thread in threads:
        thread.start()
    yield
    for sender in app.state.senders:
        sender.stop_soon()
    if app.state.consumer is not None:
        await asyncio.to_thread(app.state.consumer.stop)
    for sender in app.state.senders:
        # One that is in the middle of an attempt is left behind; its claim lapses.
        await asyncio.to_thread(sender.join, 2.0)
    app.state.engine.dispose()
