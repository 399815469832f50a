"""Ready, and measured."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from services.live.metrics import REGISTRY
from services.web.health import readiness
from services.web.parameters import Database

router = APIRouter(tags=["health"])


@router.get("/readyz", summary="Able to answer: the database is reachable and the projector alive")
def ready(request: Request, database: Database) -> JSONResponse:
    """`lag_records`: records of the topics that are not projected; null where another replica projects."""
    projector = request.app.state.projector
    if projector is None:
        return readiness(database, is_alive=True, projector="none", lag_records=None)
    return readiness(
        database,
        is_alive=projector.is_alive(),
        projector=projector.activity,
        lag_records=projector.lag,
    )


@router.get("/metrics", summary="Numbers for Prometheus")
def metrics(request: Request) -> Response:
    """What this process counts, and the read model's figures, which are at most 5 seconds old."""
    read_model = CollectorRegistry()
    read_model.register(request.app.state.gauges)
    # The figures first: failing to get them is counted too.
    figures = generate_latest(read_model)
    return Response(generate_latest(REGISTRY) + figures, media_type=CONTENT_TYPE_LATEST)
