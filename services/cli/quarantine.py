"""`journeyline quarantine`: refused events, looked at, repaired and sent again through the door."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import httpx2
import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.cli.saying import console
from services.keys import authorization
from services.settings import settings

PAGE = 200
#: So many of them are sent again in one request.
REPLAYED = 200

app = typer.Typer(help="Refused events: look at them, repair them, send them again.", no_args_is_help=True)

Reason = Annotated[str | None, typer.Option(help="Only of this reason, e.g. `schema`.")]
Source = Annotated[str | None, typer.Option(help="Only of this source.")]
Text = Annotated[str | None, typer.Option(help="Only with these words in the detail.")]
Since = Annotated[str | None, typer.Option(help="Received then or later, RFC 3339.")]
Url = Annotated[str | None, typer.Option(help="The door; else as the settings say.")]


class QuarantineError(Exception):
    """The door does not do it; the text says why."""


@app.command("list")
def list_events(
    reason: Reason = None,
    source: Source = None,
    text: Text = None,
    since: Since = None,
    limit: Annotated[int, typer.Option(min=1, help="So many at most, the newest first.")] = 50,
    url: Url = None,
) -> None:
    """Show what was refused, and why."""
    table = Table("id", "received", "tenant", "reason", "detail")
    with _door(url) as door:
        for item in _items(door, limit, reason=reason, source=source, text=text, since=since):
            told = (str(item[name]) for name in ("id", "received_at", "tenant", "reason", "detail"))
            table.add_row(*map(escape, told))
    Console(width=200).print(table)


@app.command()
def show(quarantine_id: str, url: Url = None) -> None:
    """Show one refused event, with its original."""
    with _door(url) as door:
        item = _asked(door.get(f"/v1/quarantine/{quarantine_id}"))
    _print(item | {"original": _parsed(item)})


@app.command()
def repair(
    quarantine_id: str,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="A field and its new value, e.g. data.queue=billing; `null`: without it."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="The repaired event, instead of the original.", exists=True)
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Show the event, and what the door would say.")] = False,
    url: Url = None,
) -> None:
    """Correct a refused event and send it. It is tried first: what would be refused again is not sent."""
    with _door(url) as door:
        if file is not None:
            event = _object(file.read_bytes(), f"{file}")
        else:
            item = _asked(door.get(f"/v1/quarantine/{quarantine_id}"))
            event = _object(orjson.dumps(_parsed(item)), "the original")
        for change in changes or ():
            _set(event, change)
        verdict = _asked(door.post("/v1/events?dry_run=true", json=[event]))
        for fault in verdict["quarantined"]:
            raise QuarantineError(f"it would be refused again: {fault['reason']}: {fault['detail']}")
        if dry_run:
            _print(event)
            console.print("the door would accept it")
            return
        _tell(_asked(_replay(door, [quarantine_id], {quarantine_id: event})))


@app.command()
def replay(
    ids: Annotated[list[str] | None, typer.Argument(help="Which; else all that the options say.")] = None,
    reason: Reason = None,
    source: Source = None,
    text: Text = None,
    since: Since = None,
    url: Url = None,
) -> None:
    """Send refused events again as they are, once what refused them has been put right."""
    if not ids and not any((reason, source, text, since)):
        raise QuarantineError("name ids, or which by --reason, --source, --text or --since")
    with _door(url) as door:
        found = _items(door, sys.maxsize, reason=reason, source=source, text=text, since=since)
        chosen = ids or [item["id"] for item in found]
        for start in range(0, len(chosen), REPLAYED):
            _tell(_asked(_replay(door, chosen[start : start + REPLAYED], {})))


def _door(url: str | None) -> httpx2.Client:
    chosen = settings()
    return httpx2.Client(
        base_url=url or f"http://{chosen.address}:{chosen.ingest_port}",
        headers=authorization(chosen.api_key.get_secret_value()),
        timeout=60,
    )


def _items(door: httpx2.Client, limit: int, **filters: str | None) -> Iterator[dict[str, Any]]:
    query: dict[str, Any] = {name: value for name, value in filters.items() if value is not None}
    query["limit"] = min(limit, PAGE)
    while limit > 0:
        page = _asked(door.get("/v1/quarantine", params=query))
        yield from page["items"][:limit]
        limit -= len(page["items"])
        if page["next_cursor"] is None:
            return
        query["cursor"] = page["next_cursor"]


def _replay(door: httpx2.Client, ids: Iterable[str], events: dict[str, Any]) -> httpx2.Response:
    return door.post("/v1/quarantine/replay", json={"ids": list(ids), "events": events})


def _asked(answer: httpx2.Response) -> dict[str, Any]:
    if answer.status_code >= 300:
        problem = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        said = f"{problem.get('detail', answer.text[:200])}. {problem.get('hint', '')}".strip()
        raise QuarantineError(f"the door said {answer.status_code}: {said}")
    return dict(answer.json())


def _tell(answer: dict[str, Any]) -> None:
    faults = answer["quarantined"]
    console.print(
        f"{answer['accepted']} accepted, {answer['duplicate']} duplicate, {len(faults)} refused again"
        + (f", {len(answer['missing'])} missing or not kept whole" if answer["missing"] else "")
    )
    for fault in faults:
        console.print(f"  {fault['reason']}: {fault['detail']}", markup=False)


def _parsed(item: dict[str, Any]) -> Any:
    try:
        return orjson.loads(item["original"])
    except orjson.JSONDecodeError:
        return item["original"]


def _object(text: bytes, what: str) -> dict[str, Any]:
    try:
        event = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise QuarantineError(f"{what} is no JSON ({error}); give the whole event by --file") from None
    if not isinstance(event, dict):
        raise QuarantineError(f"{what} is no JSON object; give the whole event by --file")
    return event


def _set(event: dict[str, Any], change: str) -> None:
    """`data.queue=billing`: the value is JSON where it can be read as such, else a text."""
    path, sign, written = change.partition("=")
    *outer, name = path.split(".")
    if not sign or not name:
        raise QuarantineError(f"--set {change}: write field=value, e.g. data.queue=billing")
    held: Any = event
    for part in outer:
        held = held.setdefault(part, {})
        if not isinstance(held, dict):
            raise QuarantineError(f"--set {change}: {part} is no object")
    try:
        value = orjson.loads(written)
    except orjson.JSONDecodeError:
        value = written
    if value is None:
        held.pop(name, None)
    else:
        held[name] = value


def _print(document: Any) -> None:
    print(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
