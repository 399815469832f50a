"""`alertmanager://`, `alertmanagers://`: Prometheus's Alertmanager, API v2.

It knows an alert by its labels, so what comes twice is one; the end of an incident ends it there.
"""

from datetime import UTC, datetime, timedelta

import httpx2

from services.alerts.transports.errors import Message
from services.alerts.transports.http import post

#: An incident that we never end there is over by itself after so long.
LASTS = timedelta(days=1)


class Alertmanager:
    def __init__(self, url: str, timeout_seconds: float) -> None:
        self._url = url.replace("alertmanager", "http", 1).rstrip("/") + "/api/v2/alerts"
        self._client = httpx2.Client(timeout=timeout_seconds)

    def deliver(self, message: Message) -> None:
        incident = message["incident"]
        labels = {"alertname": "JourneylineTest"}
        if incident:
            names = ("incident_id", "tenant", "kind", "touchpoint")
            labels = {"alertname": "JourneylineIncident", **{name: incident[name] for name in names}}
        now = datetime.now(UTC)
        ends = (incident and incident["closed_at"]) or (now + LASTS).isoformat()
        alert = {
            "labels": labels,
            "annotations": {"summary": message["title"], "description": message["message"]},
            "startsAt": incident["opened_at"] if incident else now.isoformat(),
            "endsAt": ends,
            "generatorURL": message["link"],
        }
        post(self._client, self._url, json=[alert])
