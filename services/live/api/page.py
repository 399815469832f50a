"""`/`: the live page for people. Static files; all data comes from `/v1`, and nothing from elsewhere."""

import gzip
import re
from hashlib import blake2b
from http import HTTPStatus
from importlib.resources import files
from typing import NamedTuple
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response

from services.web.parameters import json_answer
from services.web.problems import not_found

#: Without a key: the page asks for it when a call is refused.
router = APIRouter(include_in_schema=False)
#: With the key, as the rest of `/v1`.
config_router = APIRouter(prefix="/v1/page-config", tags=["page"])

_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d+)?")
_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
#: No inline script or style, no markup from text, no other origin but the alerts service.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'{alerts};"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)


class File(NamedTuple):
    """`packed`: its content for those who read gzip."""

    content: bytes
    packed: bytes
    media_type: str
    etag: str


def _files() -> dict[str, File]:
    found = {}
    for path in files("services.live").joinpath("pages").iterdir():
        media_type = _TYPES.get(path.name.rpartition(".")[2])
        if media_type is not None:
            content = path.read_bytes()
            etag = f'W/"{blake2b(content, digest_size=12).hexdigest()}"'
            found[path.name] = File(content, gzip.compress(content, mtime=0), media_type, etag)
    return found


#: Read once: only what is here can be asked for.
FILES = _files()


def alerts_url(request: Request) -> str:
    """Where a browser reaches the alerts service: as set, or on the host by which it reached this one."""
    settings = request.app.state.settings
    if settings.alerts_url:
        return str(settings.alerts_url).rstrip("/")
    # The header is whatever the client says: only a plain host name may go into the policy.
    name = _HOST.fullmatch(request.headers.get("host", ""))
    return f"{request.url.scheme}://{name[1]}:{settings.alerts_port}" if name else ""


@config_router.get("", summary="What the page at `/` needs to know: where the alerts service is")
async def page_config(request: Request) -> Response:
    return json_answer({"alerts_url": alerts_url(request)})


@router.get("/")
async def home(request: Request) -> Response:
    return _answer(request, FILES["index.html"])


@router.get("/page/{name}")
async def read_file(request: Request, name: str) -> Response:
    if name not in FILES:
        raise not_found("file")
    return _answer(request, FILES[name])


def _answer(request: Request, file: File) -> Response:
    parts = urlsplit(alerts_url(request))
    headers = {
        "Content-Security-Policy": _POLICY.format(
            alerts=f" {parts.scheme}://{parts.netloc}" * bool(parts.netloc)
        ),
        "ETag": file.etag,
        # Asked for each time and mostly answered by 304: a reload always brings the newest version.
        "Cache-Control": "no-cache",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == file.etag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            file.packed, media_type=file.media_type, headers=headers | {"Content-Encoding": "gzip"}
        )
    return Response(file.content, media_type=file.media_type, headers=headers)
