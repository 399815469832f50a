"""The service put together: database, projector, API."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline
from sqlalchemy import Engine

from services.keys import Keyring
from services.live.api import (
    customers,
    frictions,
    health,
    hurts,
    identities,
    journey_map,
    journeys,
    kpis,
    page,
    queues,
    reports,
    stream,
)
from services.live.builder import Builder
from services.live.deciding import publish, try_out
from services.live.gauges import Gauges
from services.live.metrics import REQUEST_SECONDS
from services.live.projector import Projector
from services.live.tail import Tail
from services.settings import Settings
from services.web.auth import check_key
from services.web.health import router as alive_router
from services.web.limits import BodyLimit
from services.web.measure import Measure
from services.web.problems import answer_problems

_DESCRIPTION = """What is so now: customers' journeys, their frictions, the queues.

Lists answer `{"items", "next_cursor", "total", "total_is"}`, newest first; go on with `cursor`.
Refusals are `application/problem+json`. Times are RFC 3339, UTC, milliseconds."""
_V1 = (
    journeys.router,
    journey_map.router,
    customers.router,
    identities.router,
    frictions.router,
    hurts.router,
    queues.router,
    kpis.router,
    reports.router,
    stream.router,
    page.config_router,
)


def wall_us() -> int:
    return time.time_ns() // 1000


def create_app(
    settings: Settings,
    engine: Engine,
    projector: Projector | None = None,
    now_us: Callable[[], int] = wall_us,
) -> FastAPI:
    """The API over a read model; `projector`, if given, lives as long as the API does."""
    app = FastAPIOffline(
        title="Journeyline live", version="1", description=_DESCRIPTION, lifespan=_lifespan, redoc_url=None
    )
    app.state.settings = settings
    app.state.keys = Keyring(settings.keys_path, settings.api_key.get_secret_value())
    app.state.engine = engine
    app.state.projector = projector
    app.state.now_us = now_us
    app.state.builder = None if projector is None else Builder(settings)
    app.state.publish, app.state.try_out = publish, try_out
    app.state.gauges = Gauges(engine, now_us)
    app.add_middleware(BodyLimit)
    app.add_middleware(Measure, seconds=REQUEST_SECONDS)
    answer_problems(app)
    for router in _V1:
        app.include_router(router, dependencies=[Depends(check_key)])
    app.include_router(alive_router)
    app.include_router(health.router)
    app.include_router(page.router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.tail = Tail(app.state.engine)
    following = asyncio.create_task(app.state.tail.follow())
    watching = None
    if app.state.projector is not None:
        app.state.projector.start()
        watching = asyncio.create_task(app.state.builder.watch())
    yield
    app.state.tail.stop()
    await following
    if watching is not None:
        app.state.builder.stop()
        await asyncio.gather(watching, asyncio.to_thread(app.state.projector.stop))
    app.state.engine.dispose()
