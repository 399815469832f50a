"""`journeyline keys`: API keys, made, listed, rotated and revoked."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services import keys
from services.cli.saying import console
from services.keys import Key, Scope
from services.settings import read_settings

app = typer.Typer(
    help="API keys of the HTTP services. They hold at once, in every service that reads the file.",
    no_args_is_help=True,
)

File = Annotated[
    Path | None, typer.Option("--file", help="Where they are kept; else as JOURNEYLINE_KEYS_FILE says.")
]
KeyId = Annotated[str, typer.Argument(help="Its id, as `journeyline keys list` shows it.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who uses it, e.g. `genesys`.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; repeat it for several.")],
    tenant: Annotated[
        str | None, typer.Option(help="Whose events it sends and reads; else any tenant's.")
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(help="A site that may use it, e.g. https://shop.example.com; repeatable."),
    ] = None,
    rate: Annotated[float | None, typer.Option(min=0.001, help="Requests a second.")] = None,
    file: File = None,
) -> None:
    """Make a key. It is shown this once: what is kept is its hash."""
    key, words = keys.create(_path(file), name, scope, tenant=tenant, origins=origin or (), rate=rate)
    _tell(key, words)


@app.command("list")
def list_keys(file: File = None) -> None:
    """Show every key, those that have ended, too."""
    table = Table("id", "name", "may", "tenant", "origins", "a second", "made", "ends")
    for key in keys.read(_path(file)):
        table.add_row(
            key.id,
            escape(key.name),
            ", ".join(key.scopes),
            escape(key.tenant or "any"),
            escape(", ".join(key.origins) or "any"),
            "" if key.rate is None else f"{key.rate:g}",
            _moment(key.created),
            _moment(key.ends),
        )
    Console(width=160).print(table)


@app.command()
def rotate(
    key_id: KeyId,
    grace_hours: Annotated[
        float, typer.Option(min=0, max=10_000, help="For so long the old key still holds.")
    ] = 24.0,
    file: File = None,
) -> None:
    """Make a successor with the same rights; the old key ends after the grace."""
    key, words = keys.rotate(_path(file), key_id, grace_hours * 3600)
    console.print(f"{key_id} holds for {grace_hours:g} h more")
    _tell(key, words)


@app.command()
def revoke(key_id: KeyId, file: File = None) -> None:
    """End a key now."""
    key = keys.revoke(_path(file), key_id)
    console.print(f"{key.id} ({key.name}) has ended", markup=False)


def _path(file: Path | None) -> Path:
    # The host may be open to others only once there is a key.
    return file or read_settings(host="127.0.0.1").keys_path


def _tell(key: Key, words: str) -> None:
    console.print(f"key {key.id} for {key.name}, shown this once:", markup=False)
    # Alone on standard output, for scripts.
    print(words)


def _moment(seconds: float | None) -> str:
    return "" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%MZ}"
