"""Open to all: alive, able to accept, and the figures for Prometheus."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.ingest.api.door import door_of
from services.ingest.api.models import Health
from services.ingest.api.problems import documented
from services.ingest.core.problems import Code, Refusal

router = APIRouter(tags=["health"])


@router.get("/healthz", response_model=Health, responses=documented(Code.UNAVAILABLE), summary="Alive")
async def healthz(request: Request) -> Response:
    """503 when a part of the process has died: restart it."""
    if request.app.state.running.done():
        raise Refusal(Code.UNAVAILABLE, "a background task has ended: restart this process")
    return JSONResponse({"status": "ok"})


@router.get(
    "/readyz", response_model=Health, responses=documented(Code.UNAVAILABLE), summary="Able to accept"
)
async def readyz(request: Request) -> Response:
    """503 with the reason while Kafka does not answer or lacks a topic."""
    await door_of(request).publisher.check()
    return JSONResponse({"status": "ok"})


@router.get("/metrics", summary="Prometheus", response_class=Response)
async def metrics(request: Request) -> Response:
    """Received = accepted + duplicate + quarantined + refused, by `journeyline_ingest_events_total`."""
    return Response(
        generate_latest(door_of(request).metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
    )
