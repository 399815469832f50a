"""Alive, ready, measured."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from services.live.api.parameters import Database
from services.live.metrics import REGISTRY

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Alive")
async def alive() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/readyz", summary="Able to answer: the database is reachable and the projector alive")
def ready(request: Request, database: Database) -> JSONResponse:
    """`lag_records`: records of the topics that are not projected; null where another replica projects."""
    projector = request.app.state.projector
    facts: dict[str, Any] = {"database": _is_reachable(database), "projector": "none", "lag_records": None}
    is_alive = True
    if projector is not None:
        is_alive = projector.is_alive()
        facts |= {"projector": projector.activity, "lag_records": projector.lag}
    is_ready = facts["database"] and is_alive
    status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse({"ready": is_ready, **facts}, status)


@router.get("/metrics", summary="Numbers for Prometheus")
def metrics(request: Request) -> Response:
    """What this process counts, and the read model's figures, which are at most 5 seconds old."""
    read_model = CollectorRegistry()
    read_model.register(request.app.state.gauges)
    # The figures first: failing to get them is counted too.
    figures = generate_latest(read_model)
    return Response(generate_latest(REGISTRY) + figures, media_type=CONTENT_TYPE_LATEST)


def _is_reachable(engine: Engine) -> bool:
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True
