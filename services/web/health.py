"""Alive and ready, as every service answers it."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Alive")
async def alive() -> dict[str, str]:
    return {"status": "ok"}


def readiness(database: Engine, *, is_alive: bool, **facts: Any) -> JSONResponse:
    """200 where the database is reachable and the threads are alive, else 503; the facts in both."""
    is_reachable = _is_reachable(database)
    is_ready = is_reachable and is_alive
    status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse({"ready": is_ready, "database": is_reachable, **facts}, status)


def _is_reachable(engine: Engine) -> bool:
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True
