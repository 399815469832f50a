"""*Pipeline*: whether events come in, are folded and are shown in time, and none is lost."""

from grafana_foundation_sdk.builders import dashboard

from deploy.grafana.panels import made
from deploy.grafana.pipeline import builder, door, health, identities, ledger, live, sources, timers

SAYS = "Whether events come in, are folded and shown in time, and none is lost."


def board() -> dashboard.Dashboard:
    rows = [
        ("Health", health.row()),
        ("Ingest", door.row()),
        ("Sources", sources.row()),
        ("Journey builder", builder.row()),
        ("Identities", identities.row()),
        ("Ledger and quarantine", ledger.row()),
        ("Timers, recovery, restarts", timers.row()),
        ("Live", live.row()),
    ]
    return made("Pipeline", "journeyline-pipeline", SAYS, rows).time("now-1h", "now")
