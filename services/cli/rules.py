"""`journeyline rules`: look at a rules file, and at what it would change, before it counts."""

import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from schemas.frictions import Kind
from schemas.times import SECOND_US, in_utc, rfc3339
from services.cli.formats import FORMATS
from services.cli.formats.files import FormatError
from services.cli.past import Past, events_of_file, events_of_journey
from services.cli.saying import console
from services.journey_builder.backtest import Change, Result, backtest, differences, newest
from services.journey_builder.core.identity.policy import Policy
from services.journey_builder.core.rule_book import ALWAYS_US
from services.journey_builder.core.rules import Place
from services.journey_builder.rules.explain import explain
from services.journey_builder.rules.load import RulesFile, RulesFileError, load_rules, parse_rules
from services.settings import settings

#: A table of more is read by nobody; the totals count all.
CHANGES_SHOWN = 200
SECTIONS = [*Kind, "journeys", "words"]

rules_app = typer.Typer(help="Look at a rules file before it counts.", no_args_is_help=True)

RulesPath = Annotated[Path, typer.Argument(help="The rules file.")]
Somewhere = Annotated[str | None, typer.Option(help="A name; default: not known.")]


class RulesCommandError(Exception):
    """What was asked cannot be done; the text says why."""


@rules_app.command()
def check(file: RulesPath) -> None:
    """Name every mistake with its line and column; exit 1 if there is any."""
    try:
        loaded = load_rules(file)
    except RulesFileError as error:
        for fault in error.faults:
            console.print(fault, markup=False, soft_wrap=True)
        console.print(f"mistakes: {len(error.faults)}; the file would not be used")
        raise typer.Exit(1) from None
    for version in loaded.book.versions:
        since = "from the beginning" if version.effective_us == ALWAYS_US else _since(version.effective_us)
        console.print(f"version {version.plain.version} {since}: {len(version.overrides)} overrides")
    in_force = loaded.book.versions[loaded.book.number_at(_now_us())].plain.version
    console.print(f"{file} is right; version {in_force} is in force now", markup=False)


@rules_app.command("explain")
def explain_rules(
    kind: Annotated[str | None, typer.Argument(help="A kind, `journeys` or `words`; default: all.")] = None,
    file: Annotated[Path | None, typer.Argument(help="Default: JOURNEYLINE_RULES.")] = None,
    tenant: str = "default",
    queue: Somewhere = None,
    channel: Somewhere = None,
    form: Somewhere = None,
    goal: Somewhere = None,
    at: Annotated[datetime | None, typer.Option(help="When a contact starts, UTC; default: now.")] = None,
) -> None:
    """Say what holds at a place, and which line of the file decided it."""
    kind, file = _kind_and_file(kind, file)
    at_us = _now_us() if at is None else round(in_utc(at).timestamp() * SECOND_US)
    place = Place(queue, channel, form, goal)
    loaded = _rules(file)
    told = explain(loaded, tenant, place, at_us)
    named = [f"tenant {tenant}"] + [f"{name} {value}" for name, value in place._asdict().items() if value]
    console.print(f"version {told.version}, for {', '.join(named)}:", markup=False)
    for later in loaded.book.versions[loaded.book.number_at(at_us) + 1 :]:
        console.print(f"(version {later.plain.version} holds {_since(later.effective_us)}: see it with --at)")
    table = Table("kind", "parameter", "value", "is", Column("decided by", overflow="fold"))
    for setting in told.settings:
        if kind in (None, setting.section):
            table.add_row(*map(escape, setting))
    tables().print(table)


@rules_app.command("try")
def try_rules(
    file: RulesPath,
    events: Annotated[Path | None, typer.Option(help="Judge the events of this file.")] = None,
    file_format: Annotated[
        str, typer.Option("--format", help=f"Of it: {', '.join(FORMATS)}.")
    ] = "cloudevents",
    journey: Annotated[str | None, typer.Option(help="Judge this journey, asked of the read side.")] = None,
    live_url: Annotated[str | None, typer.Option(help="Where; default: this machine.")] = None,
) -> None:
    """Show what the newest version of a file would raise, next to what the rules in force raise.

    It is judged as if that version had always been in force, and as if nothing more happened. Who is one
    customer is decided by the `identity` section of each.
    """
    if (events is None) == (journey is None):
        raise RulesCommandError("say what to try them on: either --events FILE or --journey ID")
    tried, in_force = load_rules(file), _rules(None)
    if events is not None:
        if file_format not in FORMATS:
            raise FormatError(f"there is no format {file_format!r}; choose one of {', '.join(FORMATS)}")
        past = events_of_file(FORMATS[file_format], events)
    else:
        past = events_of_journey(settings(), live_url, str(journey))
    _say_what_is_left_out(past)
    before = backtest(past.events, in_force.book, _policy(in_force))
    after = backtest(past.events, newest(tried.book), _policy(tried))
    version = tried.book.versions[-1].plain.version
    console.print(
        f"{len(past.events):,} events; version {version} of {file}, "
        f"as if it had always been in force, against {in_force.name}",
        markup=False,
    )
    _show_changes(differences(before.frictions, after.frictions))
    _show_totals(before, after)


def _kind_and_file(kind: str | None, file: Path | None) -> tuple[str | None, Path | None]:
    """Where only a file is given, it stands in the place of the kind."""
    if kind is None or kind in SECTIONS:
        return kind, file
    if file is None and Path(kind).exists():
        return None, Path(kind)
    close = get_close_matches(kind, SECTIONS, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(SECTIONS)}"
    raise RulesCommandError(f"there is no kind and no file {kind}; {hint}")


def _rules(file: Path | None) -> RulesFile:
    """A file's rules, else those of the environment, else the shipped ones."""
    file = file or settings().rules_file
    return parse_rules("", "the shipped rules") if file is None else load_rules(file)


def _say_what_is_left_out(past: Past) -> None:
    if past.refused:
        console.print(f"{len(past.refused):,} are no events; the first: {past.refused[0]}", markup=False)
    if past.remark:
        console.print(past.remark, markup=False)


def _show_changes(changes: list[Change]) -> None:
    table = Table(
        *(Column(name, overflow="fold") for name in ("change", "kind", "contact", "touchpoint", "at", "why"))
    )
    for change in changes[:CHANGES_SHOWN]:
        friction = change.friction
        table.add_row(
            _word(change), friction.kind, escape(friction.contact.subject), escape(friction.touchpoint),
            friction.at, escape(friction.explanation),
        )  # fmt: skip
    if changes:
        tables().print(table)
    left = len(changes) - CHANGES_SHOWN
    console.print(f"and {left:,} more" if left > 0 else f"differences: {len(changes)}")


def _word(change: Change) -> str:
    if change.before is None:
        return "[red]more[/]"
    if change.after is None:
        return "[green]no longer[/]"
    if change.before.severity != change.after.severity:
        return f"{change.before.severity} → {change.after.severity}"
    return "otherwise"


def _show_totals(before: Result, after: Result) -> None:
    """With the customers: other limits or blocked values of `identity` make other people one."""
    table = Table("friction", "in force", "tried", "change")
    one, other = (Counter(friction.kind for friction in side.frictions.values()) for side in (before, after))
    for kind in sorted(one.keys() | other.keys()):
        _count(table, kind, one[kind], other[kind])
    _count(table, "all", one.total(), other.total())
    table.add_section()
    _count(table, "customers", before.customers, after.customers)
    tables().print(table)


def _count(table: Table, name: str, before: int, after: int) -> None:
    table.add_row(name, f"{before:,}", f"{after:,}", f"{after - before:+,}")


def _policy(rules: RulesFile) -> Policy:
    """Who is who by the file's section `identity`, as a worker with these settings takes it."""
    return replace(rules.policy, phone_region=settings().phone_region)


def _since(effective_us: int) -> str:
    return f"from {rfc3339(effective_us)}"


def _now_us() -> int:
    return round(datetime.now(UTC).timestamp() * SECOND_US)


def tables() -> Console:
    """Wide enough for whoever reads them from a pipe."""
    return Console(width=None if sys.stdout.isatty() else 200)
