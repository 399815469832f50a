"""`journeyline simulate`: a contact centre's traffic with labels, as a file or live over HTTP."""

import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from schemas.times import in_utc
from services.cli.replay import Door
from services.cli.saying import console, say
from services.settings import settings
from services.simulator.core.delivery import Delivery
from services.simulator.core.disorder import Disorder
from services.simulator.core.world import World
from services.simulator.files import write_events, write_truth
from services.simulator.living import live
from services.simulator.options import Options, delivered, make_world

FIRST_YEAR, LAST_YEAR = 1970, 9000
#: Where a told day begins unless it is said: a Monday morning. The same seed gives the same file.
MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


Customers = Annotated[int, typer.Option(min=10, max=1_000_000, help="People the centre serves.")]
Rate = Annotated[
    float | None,
    typer.Option(min=0.01, help="Events a second in the busiest hour; default: by the customers."),
]
Minutes = Annotated[float, typer.Option(min=0.1, max=1_000_000, help="How long new stories begin.")]
History = Annotated[float, typer.Option(min=0, max=10_000, help="Ordinary hours before the minutes.")]
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
Identified = Annotated[
    bool, typer.Option("--identified", help="Every system names the customer by his customer_id.")
]
Truth = Annotated[Path | None, typer.Option(help="Writes what truly hurt whom, as JSON lines.")]
Out = Annotated[Path | None, typer.Option(help="Writes CloudEvents for `journeyline replay`.")]
Live = Annotated[bool, typer.Option("--live", help="Sends each event to the HTTP door when its time comes.")]


def _share(help_text: str) -> Any:
    return typer.Option(min=0, max=0.9, help=help_text)


def _seconds(help_text: str) -> Any:
    return typer.Option(min=0, help=help_text)


Late = Annotated[float, _share("Share of events that are delivered hours later.")]
Duplicate = Annotated[float, _share("Share that is delivered twice.")]
Missing = Annotated[float, _share("Share that is never delivered.")]
MissingSpell = Annotated[
    float, _seconds("What is missing is missing for so long of one source; 0: one by one.")
]
Shuffle = Annotated[float, _seconds("Each event is under way for up to so many seconds.")]
Skew = Annotated[
    float, typer.Option(min=0, max=300, help="Each source's clock is wrong by up to so many seconds.")
]
Conflict = Annotated[float, _share("Share that also comes with a wrong content under the same id.")]


def simulate(
    seed: Annotated[int, typer.Option(help="The same seed tells the same stories.")] = 1,
    customers: Customers = 20_000,
    rate: Rate = None,
    minutes: Minutes = 60,
    history_hours: History = 0,
    trouble_minute: TroubleMinute = None,
    hour: HourThere = None,
    identified: Identified = False,
    late: Late = 0,
    duplicate: Duplicate = 0,
    missing: Missing = 0,
    missing_spell: MissingSpell = 0,
    shuffle: Shuffle = 0,
    skew: Skew = 0,
    conflict: Conflict = 0,
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
        identified=identified,
    )
    shares = {"late": late, "duplicate": duplicate, "missing": missing, "conflict": conflict}
    disorder = Disorder(spell_s=missing_spell, shuffle_s=shuffle, skew_s=skew, **shares)
    _run(options, disorder, start, out, truth)


def _run(
    options: Options, disorder: Disorder, start: datetime | None, out: Path | None, truth: Path | None
) -> None:
    begin = MONDAY if start is None else in_utc(start)
    if not FIRST_YEAR <= begin.year <= LAST_YEAR:
        raise typer.BadParameter(f"--start: a year from {FIRST_YEAR} to {LAST_YEAR}")
    begin_ms = time.time_ns() // 1_000_000 if out is None else int(begin.timestamp() * 1000)
    world = make_world(options, begin_ms)
    arriving = delivered(world, disorder, options.seed)
    if out is None:
        _to_door(arriving)
    else:
        _to_file(world, arriving, out)
    _tell_truth(world, truth, world.now if out is None else None)


def _to_file(world: World, arriving: Delivery, out: Path) -> None:
    with console.status("telling"):
        written = write_events(out, arriving.all_events())
    console.print(f"{written:,} events of {len(world.tales):,} contacts are in {out}")


def _to_door(arriving: Delivery) -> None:
    """Until its minutes are over, or Ctrl-C."""
    chosen, stopping = settings(), threading.Event()
    url = f"http://{chosen.address}:{chosen.ingest_port}"
    console.print(f"sending to {url}; Ctrl-C ends it")
    with (
        Door(url, chosen.api_key.get_secret_value(), say) as door,
        console.status("sending") as status,
    ):
        try:
            live(arriving, door.send, stopping, lambda at_ms: status.update(f"sent up to {_clock(at_ms)}"))
        except KeyboardInterrupt:
            console.print("stopped")


def _tell_truth(world: World, truth: Path | None, now_ms: int | None) -> None:
    if truth is not None:
        console.print(f"{write_truth(truth, world, now_ms):,} labels are in {truth}")


def _clock(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%H:%M:%S} UTC"
