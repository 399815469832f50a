"""`GET /v1/form-tracker.js`: the script that a web page takes in, so that its forms tell how people fare."""

import gzip
from hashlib import blake2b
from http import HTTPStatus
from importlib.resources import files

from fastapi import APIRouter, Request, Response

router = APIRouter(prefix="/v1", tags=["events"])

_SCRIPT = files("services.ingest").joinpath("pages", "form-tracker.js").read_bytes()
_PACKED = gzip.compress(_SCRIPT, mtime=0)
_HEADERS = {
    "ETag": f'"{blake2b(_SCRIPT, digest_size=12).hexdigest()}"',
    "Cache-Control": "public, max-age=3600",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@router.get(
    "/form-tracker.js",
    summary="The script that watches a page's forms",
    response_class=Response,
    responses={
        200: {"content": {"text/javascript": {"schema": {"type": "string"}}}},
        304: {"description": "You have it already."},
    },
)
async def form_tracker(request: Request) -> Response:
    """Take it in by `<script src="…/v1/form-tracker.js" data-key="jlp_…" async></script>`.

    It sends viewed, started, changed, failed, left and submitted, and how long the page took to load;
    never what was typed. `data-consent="required"`: nothing before `journeyline.consent(true)`.
    """
    if request.headers.get("if-none-match") == _HEADERS["ETag"]:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=_HEADERS)
    is_packed = "gzip" in request.headers.get("accept-encoding", "")
    return Response(
        _PACKED if is_packed else _SCRIPT,
        media_type="text/javascript; charset=utf-8",
        headers=_HEADERS | ({"Content-Encoding": "gzip"} if is_packed else {}),
    )
