"""`journeyline up` and `journeyline demo`: everything on this machine."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from services.cli import demo as demonstration
from services.cli import up as everything
from services.cli.saying import say
from services.settings import PREFIX


class BrokerChoice(StrEnum):
    EMBEDDED = "embedded"
    APACHE = "apache"
    NONE = "none"


def _port(name: str, text: str = "") -> Any:
    return typer.Option(envvar=f"{PREFIX}{name}_PORT", min=1, max=65535, help=text or None)


#: Options that `up` and `demo` share. Ports that are named in the environment are those of all commands.
Broker = Annotated[
    BrokerChoice, typer.Option(help="The broker to start; `none`: KAFKA_BOOTSTRAP_SERVERS is yours.")
]
BrokerPort = Annotated[int, typer.Option(min=1, max=65535)]
IngestPort = Annotated[int, _port("INGEST")]
LivePort = Annotated[int, _port("LIVE")]
AlertsPort = Annotated[int, _port("ALERTS")]
BuildPort = Annotated[int, _port("BUILD", "Health and metrics of the first worker.")]
_KEPT = "Where broker, state and read model are kept."


def up(
    data_dir: Annotated[Path, typer.Option(envvar=f"{PREFIX}DATA_DIR", help=_KEPT)] = Path(".journeyline"),
    broker: Broker = BrokerChoice.EMBEDDED,
    broker_port: BrokerPort = 9092,
    ingest_port: IngestPort = 8001,
    live_port: LivePort = 8000,
    alerts_port: AlertsPort = 8002,
    build_port: BuildPort = 8003,
    workers: Annotated[int, typer.Option(min=1, help="Processes of the journey builder.")] = 1,
) -> None:
    """Run everything on this machine, supervised, until Ctrl-C."""
    ports = Ports(broker_port, ingest_port, live_port, alerts_port, build_port)
    everything.run(_plan(data_dir, broker, ports, workers), say)


def demo(
    # Not as the environment has it: made-up traffic is kept apart.
    data_dir: Annotated[Path, typer.Option(help=_KEPT)] = Path(".journeyline") / "demo",
    broker: Broker = BrokerChoice.EMBEDDED,
    broker_port: BrokerPort = 9092,
    ingest_port: IngestPort = 8001,
    live_port: LivePort = 8000,
    alerts_port: AlertsPort = 8002,
    build_port: BuildPort = 8003,
    rate: Annotated[float, typer.Option(min=0.01, help="Events a second in the busiest hour.")] = 4.0,
    customers: Annotated[int, typer.Option(min=10, help="People the centre serves.")] = 20_000,
    history_hours: Annotated[float, typer.Option(min=0, help="Ordinary hours before the demo begins.")] = 3.0,
    seed: int = 1,
) -> None:
    """Run everything, with a simulated contact centre that has a bad afternoon, until Ctrl-C."""
    traffic = demonstration.Traffic(rate=rate, customers=customers, history_hours=history_hours, seed=seed)
    ports = Ports(broker_port, ingest_port, live_port, alerts_port, build_port)
    demonstration.run(_plan(data_dir, broker, ports, 1), traffic, say)


class Ports(NamedTuple):
    broker: int
    ingest: int
    live: int
    alerts: int
    build: int


def _plan(data_dir: Path, broker: BrokerChoice, ports: Ports, workers: int) -> everything.Plan:
    return everything.Plan(
        data_dir=data_dir.absolute(),
        broker=broker,
        broker_port=ports.broker,
        ingest_port=ports.ingest,
        live_port=ports.live,
        alerts_port=ports.alerts,
        build_port=ports.build,
        workers=workers,
    )
