"""`journeyline simulate`: a contact centre's traffic with labels, as a file or live over HTTP."""

import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.cli.replay import Door
from services.settings import settings
from services.simulator.core.world import World
from services.simulator.files import write_events, write_truth
from services.simulator.living import live
from services.simulator.options import Options, make_world

#: Where a told day begins unless it is said: a Monday morning. The same seed gives the same file.
MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

console = Console(stderr=True, highlight=False)


Customers = Annotated[int, typer.Option(min=10, max=1_000_000, help="People the centre serves.")]
Rate = Annotated[
    float | None,
    typer.Option(min=0.01, help="Events a second in the busiest hour; default: by the customers."),
]
Minutes = Annotated[float, typer.Option(min=0.1, help="How long new stories begin.")]
History = Annotated[float, typer.Option(min=0, help="Ordinary hours before the minutes.")]
TroubleMinute = Annotated[
    float | None,
    typer.Option(min=0, help="From then on a menu, a form and a queue go wrong; default: never."),
]
HourThere = Annotated[
    int | None, typer.Option(min=0, max=23, help="The hour in the centre at the start; default: UTC's.")
]
Start = Annotated[
    datetime | None, typer.Option(help="When the minutes of a file begin, in UTC; default: a fixed Monday.")
]
Truth = Annotated[Path | None, typer.Option(help="Writes what truly hurt whom, as JSON lines.")]
Out = Annotated[Path | None, typer.Option(help="Writes CloudEvents for `journeyline replay`.")]
Live = Annotated[bool, typer.Option("--live", help="Sends each event to the HTTP door when its time comes.")]


def simulate(
    seed: Annotated[int, typer.Option(help="The same seed tells the same stories.")] = 1,
    customers: Customers = 20_000,
    rate: Rate = None,
    minutes: Minutes = 60,
    history_hours: History = 0,
    trouble_minute: TroubleMinute = None,
    hour: HourThere = None,
    start: Start = None,
    truth: Truth = None,
    out: Out = None,
    is_live: Live = False,
) -> None:
    """Make a contact centre's events, and say what in them hurts: to a file, or live."""
    if is_live == (out is not None):
        raise typer.BadParameter("give either --live, or --out FILE")
    options = Options(
        seed=seed,
        customers=customers,
        rate=rate,
        history_hours=history_hours,
        minutes=minutes,
        trouble_minute=trouble_minute,
        hour=hour,
    )
    _run(options, start, out, truth)


def _run(options: Options, start: datetime | None, out: Path | None, truth: Path | None) -> None:
    if out is None:
        world = make_world(options, time.time_ns() // 1_000_000)
        _to_door(world)
        return _tell_truth(world, truth, world.now)
    begin = MONDAY if start is None else start.replace(tzinfo=UTC)
    world = make_world(options, int(begin.timestamp() * 1000))
    _to_file(world, out)
    _tell_truth(world, truth, None)


def _to_file(world: World, out: Path) -> None:
    with console.status("telling"):
        written = write_events(out, world.all_events())
    console.print(f"{written:,} events of {len(world.tales):,} contacts are in {out}")


def _to_door(world: World) -> None:
    """Until its minutes are over, or Ctrl-C."""
    chosen, stopping = settings(), threading.Event()
    url = f"http://{chosen.host}:{chosen.ingest_port}"
    console.print(f"sending to {url}; Ctrl-C ends it")
    with (
        Door(url, chosen.api_key.get_secret_value(), console.print) as door,
        console.status("sending") as status,
    ):
        try:
            live(world, door.send, stopping, lambda at_ms: status.update(f"sent up to {_clock(at_ms)}"))
        except KeyboardInterrupt:
            console.print("stopped")


def _tell_truth(world: World, truth: Path | None, now_ms: int | None) -> None:
    if truth is not None:
        console.print(f"{write_truth(truth, world, now_ms):,} labels are in {truth}")


def _clock(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%H:%M:%S} UTC"
