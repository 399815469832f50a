"""`/v1/replays`: the end of a replay run, and how far the product has come with it."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Request, Response

from services.ingest.api.door import Operator, Reader, door_of
from services.ingest.api.models import RunEnded, RunProgress
from services.ingest.api.problems import ASKED, documented
from services.ingest.core.problems import Code, Refusal

router = APIRouter(prefix="/v1/replays", tags=["replays"])

Run = Annotated[str, Path(max_length=1024, description="The `replay` attribute of its events.")]


@router.post(
    "/{run:path}/end",
    status_code=202,
    response_model=RunEnded,
    responses=documented(*ASKED, Code.UNAVAILABLE),
    summary="End a replay run",
)
async def end_run(request: Request, _: Operator, run: Run) -> Response:
    """60 s without an event of the run end it too. Once all of it is folded, the wall clock takes over."""
    await door_of(request).runs.end(run)
    return _json(RunEnded(run=run).model_dump(), status=202)


@router.get(
    "/{run:path}",
    response_model=RunProgress,
    responses=documented(*ASKED, Code.NOT_FOUND, Code.UNAVAILABLE),
    summary="How far a replay run is",
)
async def get_run(request: Request, _: Reader, run: Run) -> Response:
    """`state`: `open` (may get events), `folding` (has ended), `folded`, `projected` (readers see all)."""
    runs = door_of(request).runs
    progress = runs.progress(run)
    if progress is not None:
        return _json(msgspec.to_builtins(progress))
    if not runs.tail.is_caught_up.is_set():
        raise Refusal(Code.UNAVAILABLE, "the reports of earlier runs are still being read")
    raise Refusal(Code.NOT_FOUND, f"no event of a run {run!r} was accepted")


def _json(document: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(document), status_code=status, media_type="application/json")
