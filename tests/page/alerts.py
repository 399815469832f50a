"""A real alerts service at the scene's time, with one incident: three long waits at queue billing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
from sqlalchemy import Engine

from schemas.frictions import Severity
from services.alerts.app import context_of, create_app
from services.alerts.store.database import open_database
from services.alerts.turns import take
from services.database.opening import for_writing
from services.repeats import Heard
from services.settings import Settings
from tests.alerts.given import START_US, friction, record, us
from tests.page.serving import Served, serving


class Alerts(NamedTuple):
    url: str
    engine: Engine
    settings: Settings

    def hear(self, touchpoint: str, number: int) -> None:
        """So many frictions at one place, the last of them half a minute ago."""
        found = [
            friction(f"{touchpoint}-{n}", -30 * (n + 1), touchpoint=touchpoint, severity=Severity.HIGH)
            for n in range(number)
        ]
        with for_writing(self.engine).connect() as connection:
            records = [record(one) for one in reversed(found)]
            take(connection, context_of(self.settings, ()), records, Heard({}), us(-30))

    def history(self) -> list[tuple[str, str, str]]:
        """What people did to the only incident: what, who, and what they said."""
        listed: list[dict[str, Any]] = httpx2.get(f"{self.url}/v1/incidents").json()["items"]
        (incident,) = listed
        detail = httpx2.get(f"{self.url}/v1/incidents/{incident['incident_id']}").json()
        return [(line["what"], line["by"], line["text"]) for line in detail["history"] if line["by"]]


@contextmanager
def alerts_service(folder: Path, live_url: str) -> Iterator[Alerts]:
    settings = Settings(data_dir=folder, live_url=live_url)
    engine = open_database(settings.alerts_database)
    served = Served()
    with serving(served, create_app(settings, engine, now_us=lambda: START_US)):
        alerts = Alerts(served.url, engine, settings)
        alerts.hear("queue:billing", 3)
        yield alerts
