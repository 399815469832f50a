"""`/`: says what this is to whoever opens it in a browser. It shows no data: nothing to escape."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
}
_LINKS = (
    ("/v1/journeys?state=open", "Journeys", "what each customer is trying to do"),
    ("/v1/frictions", "Frictions", "where they were made to struggle, with evidence"),
    ("/v1/frictions/summary?by=touchpoint", "By touchpoint", "what to fix first"),
    ("/v1/queues", "Queues", "who waits where, now"),
    ("/docs", "API", "every call, described"),
    ("/metrics", "Metrics", "for Prometheus"),
)
_STYLE = """
:root { color-scheme: light dark; --ink: #16202b; --paper: #f6f4ef; --soft: #5d6873; --line: #0f766e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9edf0; --paper: #10161c; --soft: #98a4af; --line: #2dd4bf; } }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper);
  color: var(--ink); font: 1.05rem/1.5 system-ui, sans-serif; }
main { max-width: 34rem; padding: 2rem; }
h1 { font-size: 2.2rem; letter-spacing: -.02em; margin: 0; }
p { color: var(--soft); margin: .4rem 0 2rem; }
ol { list-style: none; margin: 0; padding: 0 0 0 1.6rem; border-left: 3px solid var(--line); }
li { position: relative; padding: .45rem 0; }
li::before { content: ""; position: absolute; left: -2.12rem; top: 1rem; width: .55rem; height: .55rem;
  border-radius: 50%; background: var(--paper); border: 3px solid var(--line); }
a { color: inherit; font-weight: 600; text-underline-offset: .2em; }
small { color: var(--soft); display: block; font-size: .9rem; }
"""
_ITEMS = "\n".join(
    f'<li><a href="{path}">{name}</a><small>{what}</small></li>' for path, name, what in _LINKS
)
_PAGE = f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Journeyline</title><style>{_STYLE}</style></head>
<body><main>
<h1>Journeyline</h1>
<p>A contact centre's events, stitched into customer journeys as they happen. This is its live read side.</p>
<ol>
{_ITEMS}
</ol>
</main></body>
</html>
"""


@router.get("/")
async def home() -> HTMLResponse:
    return HTMLResponse(_PAGE, headers=_HEADERS)
