"""`journeyline`: run the product, feed it, look after it."""

import runpy
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from schemas.topics import TOPICS
from services import topics
from services.broker import BrokerError
from services.cli import doctor as checks
from services.cli import forward, quarantine, running, simulate
from services.cli import keys as keys_commands
from services.cli import up as everything
from services.cli import workers as builders
from services.cli.formats import FORMATS
from services.cli.formats.files import FormatError
from services.cli.past import PastError
from services.cli.ports import PortTaken
from services.cli.replay import Door, ReplayError, Sent, send_all, shuffled, wait_until_projected
from services.cli.rules import RulesCommandError, rules_app
from services.cli.saying import console, say
from services.journey_builder.rules.load import RulesFileError
from services.keys import KeysError, authorization
from services.settings import Settings, SettingsError, settings

app = typer.Typer(
    help="Stitches a contact centre's events into customer journeys and flags their friction.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
topics_app = typer.Typer(help="Create, check and describe the Kafka topics.", no_args_is_help=True)
app.add_typer(topics_app, name="topics")
app.add_typer(rules_app, name="rules")
app.add_typer(forward.app, name="forward")
app.add_typer(keys_commands.app, name="keys")
app.add_typer(quarantine.app, name="quarantine")
for command in (running.up, running.demo, simulate.simulate):
    app.command()(command)


def main() -> None:
    """Runs a command; what a person can put right ends as a sentence, not as a traceback."""
    try:
        app()
    except (
        SettingsError, everything.UpError, PortTaken, BrokerError, topics.TopicsError, ReplayError,
        FormatError, RulesFileError, RulesCommandError, PastError, forward.ForwardError, KeysError,
        quarantine.QuarantineError, httpx2.TransportError, OSError,
    ) as error:  # fmt: skip
        console.print(f"journeyline: {error}", style="red", markup=False)
        sys.exit(1)


@app.command()
def ingest() -> None:
    """Run the HTTP door alone."""
    _run_service("ingest")


@app.command()
def build(
    workers: Annotated[int, typer.Option(min=1, help="Processes; each has its share of the partitions.")] = 1,
) -> None:
    """Run the journey builder alone: one worker, or several that are supervised."""
    if workers == 1:
        _run_service("journey_builder")
    else:
        builders.run(settings(), workers, say)


@app.command()
def live() -> None:
    """Run the read side alone."""
    _run_service("live")


@app.command()
def alerts() -> None:
    """Run incidents and notifications alone."""
    _run_service("alerts")


@topics_app.command("create")
def create_topics() -> None:
    """Create the topics that are missing, with explicit partitions and policies."""
    created = topics.create(settings())
    console.print(f"created {len(created)} of {len(TOPICS)} topics; the others were there")
    _tell_faults()


@topics_app.command("check")
def check_topics() -> None:
    """Compare the broker's topics with what they must be; exit 1 if any is not."""
    _tell_faults()
    console.print(f"all {len(TOPICS)} topics are as they should be")


def _tell_faults() -> None:
    faults = topics.faults(settings())
    for fault in faults:
        console.print(fault, markup=False)
    if faults:
        raise typer.Exit(1)


@topics_app.command("describe")
def describe_topics() -> None:
    """Show every topic: who writes and reads it, its key, and how it is kept."""
    table = Table("topic", "key", "holds", "written by", "read by", "kept")
    for topic in TOPICS:
        kept = (
            "last of each key"
            if topic.is_compacted
            else f"{int(topic.configs['retention.ms']) // 86400000} days"
        )
        table.add_row(
            topic.name, topic.key, topic.model, ", ".join(topic.written_by), ", ".join(topic.read_by), kept
        )
    Console(width=200).print(table)


@app.command()
def replay(
    file: Annotated[
        Path, typer.Argument(help="The file; gzip is read as it is.", exists=True, dir_okay=False)
    ],
    file_format: Annotated[
        str, typer.Option("--format", help=f"One of: {', '.join(FORMATS)}.")
    ] = "cloudevents",
    run: Annotated[
        str | None, typer.Option(help="The run's name; default: the file's name and the time.")
    ] = None,
    rate: Annotated[float | None, typer.Option(help="Events a second at most.", min=0.1)] = None,
    shuffle_hours: Annotated[float, typer.Option(help="Shuffle within windows of event time.", min=0)] = 0,
    seed: Annotated[int, typer.Option(help="Of the shuffle.")] = 1,
) -> None:
    """Send a file's events through the HTTP door as a replay run, and wait until all of it is folded."""
    if file_format not in FORMATS:
        raise FormatError(f"there is no format {file_format!r}; choose one of {', '.join(FORMATS)}")
    chosen = settings()
    run = run or f"{file.name.split('.')[0]}-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    url = f"http://{chosen.address}:{chosen.ingest_port}"
    door = Door(url, chosen.api_key.get_secret_value(), say)
    # Read twice, and never held: it may be of any size.
    with console.status("counting"):
        total = sum(1 for _ in FORMATS[file_format](file))
    events = FORMATS[file_format](file)
    ordered = shuffled(events, shuffle_hours * 3600, seed) if shuffle_hours else events
    say(f"replaying {total:,} events of {file.name} as run {run}" + _seed(shuffle_hours, seed))
    started = datetime.now(UTC)
    sent = _send(door, ordered, total, run, rate)
    sending = (datetime.now(UTC) - started).total_seconds()
    done = _wait(door, run)
    _summarise(chosen, run, sent, sending, (datetime.now(UTC) - started).total_seconds(), done)


@app.command()
def doctor() -> None:
    """Check broker, topics and services; exit 1 if anything is wrong."""
    findings = list(checks.examine(settings()))
    for finding in findings:
        mark = "[green]ok[/]" if finding.is_right else "[red]no[/]"
        console.print(f"{mark}  {finding.what}: ", end="")
        console.print(finding.detail, markup=False)
    if not all(finding.is_right for finding in findings):
        raise typer.Exit(1)


def _run_service(name: str) -> None:
    sys.argv = [f"journeyline-{name}"]
    runpy.run_module(f"services.{name}", run_name="__main__", alter_sys=True)


def _seed(shuffle_hours: float, seed: int) -> str:
    return f", shuffled within {shuffle_hours:g} h, seed {seed}" if shuffle_hours else ""


def _send(door: Door, events: Any, total: int, run: str, rate: float | None) -> Sent:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("sending", total=total)
        return send_all(door, events, run, rate, lambda sent: progress.update(task, completed=sent.total))


def _wait(door: Door, run: str) -> dict[str, Any]:
    with console.status("folding") as status:
        return wait_until_projected(
            door,
            run,
            lambda progress: status.update(
                f"{progress['state']}: {progress['folded']:,} of {progress['accepted']:,} events folded"
            ),
        )


def _summarise(
    chosen: Settings, run: str, sent: Sent, sending: float, lasted: float, done: dict[str, Any]
) -> None:
    say(
        f"run {run}: {sent.accepted:,} accepted, {sent.duplicate:,} duplicate, "
        f"{sent.quarantined:,} quarantined; "
        f"sent at {sent.total / max(sending, 0.001):,.0f} events/s, readable after {lasted:.1f} s"
    )
    answer = httpx2.get(
        f"http://{chosen.address}:{chosen.live_port}/v1/frictions/summary?by=kind",
        headers=authorization(chosen.api_key.get_secret_value()),
        timeout=30,
    ).json()
    table = Table("friction", "raised", "retracted")
    for group in answer["groups"]:
        table.add_row(group["key"], f"{group['raised']:,}", f"{group['retracted']:,}")
    Console().print(table)
    Console().print("  ".join(f"{name} {count:,}" for name, count in answer["counters"].items()))


if __name__ == "__main__":
    main()
