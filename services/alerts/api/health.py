"""Ready, and measured."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from schemas.incidents import IncidentState
from services.alerts import outbox
from services.alerts.metrics import INCIDENTS, REGISTRY, WAITING, WAITING_SECONDS
from services.alerts.receivers import Receiver
from services.alerts.store import incidents
from services.web.health import readiness
from services.web.parameters import Database

router = APIRouter(tags=["health"])


@router.get("/readyz", summary="Able to answer: the database is reachable, consumer and senders are alive")
def ready(request: Request, database: Database) -> JSONResponse:
    """`lag_records`: frictions that are not read; null where another replica reads."""
    state = request.app.state
    threads = [*state.senders, *([] if state.consumer is None else [state.consumer])]
    return readiness(
        database,
        is_alive=all(thread.is_alive() for thread in threads),
        consumer="none" if state.consumer is None else state.consumer.activity,
        lag_records=None if state.consumer is None else state.consumer.lag,
        receivers=len(state.receivers),
    )


@router.get("/metrics", summary="Numbers for Prometheus")
def metrics(request: Request, database: Database) -> Response:
    """What the database holds is counted as it is asked for; without it the other numbers are answered."""
    try:
        _count(database, request.app.state.receivers, request.app.state.now_us())
    except SQLAlchemyError:
        for gauge in (INCIDENTS, WAITING, WAITING_SECONDS):
            gauge.clear()
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _count(engine: Engine, receivers: tuple[Receiver, ...], now_us: int) -> None:
    with engine.connect() as connection:
        counts, backlog = incidents.counts(connection), outbox.backlog(connection)
    for state in IncidentState:
        INCIDENTS.labels(state).set(counts.get(state, 0))
    # A receiver that was taken out of the settings may have left some behind.
    for name in {receiver.name for receiver in receivers} | backlog.keys():
        number, since_us = backlog.get(name, (0, now_us))
        WAITING.labels(name).set(number)
        WAITING_SECONDS.labels(name).set((now_us - since_us) / 1_000_000)
