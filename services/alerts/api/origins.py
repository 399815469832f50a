"""Which pages may call: the live page's, and those that the settings add.

Without an API key the service trusts whoever reaches it on loopback; a foreign page in the operator's own
browser reaches it, too, and must not acknowledge in his name.
"""

from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import Request

from services.settings import Settings
from services.web.problems import Refusal

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def origins_of(settings: Settings) -> list[str]:
    page = urlsplit(settings.live_page)
    near = [f"http://{host}:{settings.live_port}" for host in ("127.0.0.1", "localhost")]
    further = [origin.strip().rstrip("/") for origin in settings.alerts_origins.split(",") if origin.strip()]
    return sorted({f"{page.scheme}://{page.netloc}", *near, *further})


def _is_ours(request: Request) -> bool:
    """Whether the host that was called is surely this one. A foreign page can have its own name lead here,
    and then calls its own host: where no key is asked for, only an address is believed."""
    host = request.url.hostname or ""
    if host == "localhost" or not request.app.state.keys.is_open:
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


async def check_origin(request: Request) -> None:
    """Refuses what a foreign page sends; programs send no `Origin`."""
    origin = request.headers.get("origin")
    if request.method in _SAFE or origin is None or origin in request.app.state.origins:
        return
    if urlsplit(origin).netloc != request.headers.get("host") or not _is_ours(request):
        detail = "Pages of this origin may not call here; JOURNEYLINE_ALERTS_ORIGINS names those that may."
        raise Refusal(HTTPStatus.FORBIDDEN, "foreign_origin", detail)
