"""Several workers of the journey builder on one machine: a process each, and all share the partitions."""

import sys
from collections.abc import Mapping
from pathlib import Path

from services.cli.ports import require_free
from services.cli.supervisor import Child, Report, Supervisor
from services.settings import PREFIX, Settings


def run(settings: Settings, count: int, report: Report) -> None:
    """Keeps so many running until Ctrl-C or SIGTERM. Their logs are ours."""
    names = worker_names(settings.worker, count)
    for number, name in enumerate(names):
        require_free(settings.build_port + number, name, f"set {PREFIX}BUILD_PORT, the port of the first")
    supervisor = Supervisor(report)
    supervisor.stop_on_signals()
    try:
        for child in workers(names, settings.build_port, {}, None):
            supervisor.add(child)
        ports = f"{settings.build_port} to {settings.build_port + count - 1}"
        report(f"{count} workers, {names[0]} to {names[-1]}; health and metrics at ports {ports}")
        supervisor.run()
    finally:
        report("stopping")
        supervisor.stop()


def worker_names(worker: str, count: int) -> list[str]:
    """Where the setting names one, each of several is named after it: on another machine they are others."""
    stem = "build" if worker == Settings.model_fields["worker"].default else worker
    return [f"{stem}-{number}" for number in range(1, count + 1)]


def workers(
    names: list[str], first_port: int, environment: Mapping[str, str], logs: Path | None
) -> list[Child]:
    """`logs`: a folder with a file for each; None: ours."""
    return [
        Child(
            name,
            [sys.executable, "-m", "services.journey_builder"],
            {**environment, PREFIX + "WORKER": name, PREFIX + "BUILD_PORT": str(first_port + number)},
            None if logs is None else logs / f"{name}.log",
        )
        for number, name in enumerate(names)
    ]
