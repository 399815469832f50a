"""Wires the stages to Kafka: one worker process."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import faust
import structlog
import uvloop
from kafka.errors import KafkaError

from schemas.topics import BUILD_GROUP
from services import topics
from services.journey_builder.contacts import ContactStage
from services.journey_builder.core.identity.keys import Keys
from services.journey_builder.customers import CustomerStage
from services.journey_builder.identity.stage import IdentityStage
from services.journey_builder.rules.reload import RulesInForce
from services.logs import configure_logs
from services.settings import Settings
from services.stream.app import StreamApp
from services.stream.credentials import credentials
from services.stream.health import serve_health
from services.stream.options import WorkerSettings

log = structlog.get_logger()

#: `EX_CONFIG`: starting again is of no use before somebody has mended something.
EXIT_TOPICS = 78


def create_app(settings: Settings) -> StreamApp:
    """The worker's application; its state lies in the data directory under the worker's name."""
    worker = WorkerSettings(
        group=BUILD_GROUP,
        instance=settings.worker,
        brokers=settings.kafka.bootstrap_servers,
        partitions=settings.partitions,
        data_dir=Path(settings.data_dir) / "state" / settings.worker,
        credentials=credentials(settings.kafka),
        standbys=settings.standbys,
    )
    rules = RulesInForce(settings.rules_file)
    keys = Keys(settings.secret.get_secret_value().encode())
    policy = replace(rules.policy, phone_region=settings.phone_region)
    stages: tuple[Any, ...] = (
        ContactStage(keys, rules, policy),
        IdentityStage(keys, policy),
        CustomerStage(rules),
    )
    # Not identities: a person may be waiting for the answer to a dry run.
    return StreamApp(worker, stages, patient=[CustomerStage.name])


def _check_topics(settings: Settings) -> None:
    """A topic that is missing, or of another size, would be folded in part or not at all, and silently."""
    try:
        wrong = topics.faults(settings)
    except (topics.TopicsError, KafkaError) as error:
        # Not there yet, or we may not look: reading will tell.
        log.warning("topics are not checked", reason=str(error))
        return
    for fault in wrong:
        log.critical("a topic is not as it must be", fault=fault)
    if wrong:
        raise SystemExit(EXIT_TOPICS)


def run(settings: Settings) -> None:
    """Runs until a signal or the first unexpected error."""
    configure_logs(settings.log_level, f"build/{settings.worker}")
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    # First what needs nobody else: a mistake in the rules is told at once, with a broker or without.
    app = create_app(settings)
    _check_topics(settings)
    serve_health(settings.host, settings.build_port, lambda: app.is_ready)
    faust.Worker(app, loglevel="WARNING", quiet=True, redirect_stdouts=False).execute_from_commandline()
