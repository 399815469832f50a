"""What hurts now, asked of the read side and said in plain words."""

import time
from datetime import datetime
from typing import Any

import httpx2

from schemas.times import rfc3339
from services.cli.supervisor import Report
from services.keys import authorization

TOLD_ONE_BY_ONE = 8
SUMMARY_SECONDS = 60.0
WINDOW_SECONDS = 600.0
HOUR_SECONDS = 3600.0
SHOWN = 4


class Hurts:
    """Looks again and again: the first frictions one by one, then the places that stand out.

    `usual`: when the ordinary hours ended, in ms, and how many they were.
    """

    def __init__(
        self, url: str, api_key: str, begin_ms: int, usual: tuple[int, float], report: Report
    ) -> None:
        self._client = httpx2.Client(base_url=url, headers=authorization(api_key), timeout=5)
        self._url, self._begin_ms, self._report = url, begin_ms, report
        until_ms, hours = usual
        self._usual_until_s, self._usual_s = until_ms / 1000, hours * HOUR_SECONDS
        self._told: set[str] = set()
        self._summed_up = 0.0

    def look(self) -> None:
        if len(self._told) < TOLD_ONE_BY_ONE:
            self._tell_new()
        elif self._summed_up == 0.0:
            self._summed_up = time.monotonic()
        elif time.monotonic() - self._summed_up > SUMMARY_SECONDS:
            self._summed_up = time.monotonic()
            self._sum_up()

    def _tell_new(self) -> None:
        page = self._get("/v1/frictions", state="raised", since=rfc3339(self._begin_ms * 1000), limit=50)
        for friction in reversed(page["items"]):
            if friction["friction_id"] in self._told or len(self._told) >= TOLD_ONE_BY_ONE:
                continue
            self._told.add(friction["friction_id"])
            at = datetime.fromisoformat(friction["at"]).astimezone()
            self._report(f"{at:%H:%M:%S}  {friction['explanation']}  ({friction['kind']})")
            if len(self._told) in (1, TOLD_ONE_BY_ONE):
                self._report(f"          look at them live: {self._url}/ (Ctrl-C stops everything)")

    def _sum_up(self) -> None:
        """Places whose last ten minutes stand out most from the hours before."""
        now_s, begin_s = time.time(), self._begin_ms / 1000
        since = max(begin_s, now_s - WINDOW_SECONDS)
        now = self._by_place(since, now_s)
        usual = self._by_place(self._usual_until_s - self._usual_s, self._usual_until_s)
        part = (now_s - since) / self._usual_s if self._usual_s else 0.0
        ranked = sorted(now, key=lambda place: rise(now[place], usual.get(place, 0) * part), reverse=True)
        parts = [f"{place} {now[place]} (usual {usual.get(place, 0) * part:.1f})" for place in ranked]
        minutes = round((now_s - since) / 60)
        self._report(
            f"{datetime.now().astimezone():%H:%M:%S}  last {minutes} min: " + ", ".join(parts[:SHOWN])
        )

    def _by_place(self, since_s: float, until_s: float) -> dict[str, int]:
        moments = {"since": since_s, "until": until_s}
        texts = {name: rfc3339(int(moment * 1_000_000)) for name, moment in moments.items()}
        groups = self._get("/v1/frictions/summary", by="touchpoint", state="raised", **texts)["groups"]
        return {group["key"]: group["raised"] for group in groups}

    def _get(self, path: str, **params: Any) -> Any:
        answer = self._client.get(path, params=params)
        answer.raise_for_status()
        return answer.json()


def rise(now: float, usual: float) -> float:
    """How far a count stands out of its usual, in its own scatter."""
    return (now - usual) / float((usual + 1) ** 0.5)
