"""Refusals as RFC 9457 problems: a code for programs, a sentence for people."""

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError, TimeoutError
from starlette.exceptions import HTTPException

from services.database.cursor import BadCursor

log = structlog.get_logger()


class Refusal(Exception):
    """An answer other than the one asked for."""

    def __init__(self, status: HTTPStatus, code: str, detail: str, headers: Mapping[str, str] | None = None):
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers


def not_found(what: str) -> Refusal:
    return Refusal(HTTPStatus.NOT_FOUND, "not_found", f"There is no such {what} here.")


def bad_parameter(detail: str) -> Refusal:
    return Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_parameter", detail)


def problem(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    return JSONResponse(body, status, dict(headers or {}), media_type="application/problem+json")


def _words(message: str) -> str:
    """Of our own checks, without what pydantic puts in front."""
    return message.removeprefix("Value error, ")


def answer_problems(app: FastAPI) -> None:
    """Makes the application answer every refusal this way."""

    @app.exception_handler(Refusal)
    async def refused(_: Request, refusal: Refusal) -> JSONResponse:
        return problem(refusal.status, refusal.code, refusal.detail, refusal.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        detail = "; ".join(f"{item['loc'][-1]}: {_words(item['msg'])}" for item in error.errors())
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_parameter", detail + ".")

    @app.exception_handler(BadCursor)
    async def lost(_: Request, error: BadCursor) -> JSONResponse:
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_parameter", f"{error}.")

    @app.exception_handler(HTTPException)
    async def failed(_: Request, error: HTTPException) -> JSONResponse:
        code = HTTPStatus(error.status_code).name.lower()
        return problem(error.status_code, code, str(error.detail), error.headers)

    @app.exception_handler(OperationalError)
    @app.exception_handler(TimeoutError)
    async def unavailable(_: Request, error: Exception) -> JSONResponse:
        log.error("database_unavailable", error=str(error))
        detail = "The database does not answer; try again in a moment."
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, "database_unavailable", detail, {"Retry-After": "2"})
