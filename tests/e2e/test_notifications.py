"""From the door to a mail and a web-hook: told exactly once, whatever is down; a replay tells nobody."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.listener import Listener
from tests.e2e.mixed import event
from tests.e2e.processes import kill
from tests.e2e.receivers import Receivers
from tests.e2e.stack import Json, Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

SEEN_SECONDS = 30.0
TOLD_SECONDS = 60.0


class Told(Stack):
    """A stack that tells these receivers, and tries again soon."""

    def __init__(self, data_dir: Path, broker: str, receivers: Receivers) -> None:
        super().__init__(data_dir, broker)
        self._receivers = receivers

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "JOURNEYLINE_RECEIVERS": self._receivers.setting,
            "JOURNEYLINE_ALERTS_ATTEMPT_SECONDS": "3",
            "JOURNEYLINE_ALERTS_RETRY_SECONDS": "0.5",
            "JOURNEYLINE_ALERTS_RETRY_SECONDS_MAX": "5",
        }

    def incidents(self) -> list[Json]:
        """In full, the newest first."""
        listed = self.http.get(f"{self.alerts_url}/v1/incidents").json()["items"]
        urls = [f"{self.alerts_url}/v1/incidents/{one['incident_id']}" for one in listed]
        return [dict(self.http.get(url).json()) for url in urls]

    def notifications(self) -> list[Json]:
        return [row for incident in self.incidents() for row in incident["notifications"]]


@pytest.fixture(scope="module")
def receivers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receivers]:
    receivers = Receivers(tmp_path_factory.mktemp("receivers"))
    yield receivers
    receivers.stop()


@pytest.fixture(scope="module")
def told(
    tmp_path_factory: pytest.TempPathFactory, receivers: Receivers, request: pytest.FixtureRequest
) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("notifications")
    with Told(folder, request.config.getoption("--broker"), receivers) as stack:
        yield stack


def loop(stack: Stack, node: str, subject: str) -> None:
    """A caller who comes to one menu three times, now."""
    steps = [("ivr.menu_entered", float(second), {"node": node}) for second in range(3)]
    now = time.time() - 3
    stack.post([event("//acme/pbx", subject, number, step, now) for number, step in enumerate(steps)])


def test_each_is_told_once_though_both_were_away_and_alerts_was_killed(
    told: Told, receivers: Receivers, pytestconfig: pytest.Config
) -> None:
    for subject in ("a", "b", "c"):
        loop(told, "main", subject)
    told.wait(lambda: _attempts(told) >= 2, SEEN_SECONDS, "nobody has tried both receivers")
    until = time.monotonic() + pytestconfig.getoption("--down-seconds")
    kill(told.data_dir, "services.alerts")
    told.wait(told.is_ready, SEEN_SECONDS, "alerts does not come back")
    told.wait(lambda: time.monotonic() > until, 2 * SEEN_SECONDS + 60, "time stands still")
    receivers.start()
    told.wait(lambda: _are_sent(told), TOLD_SECONDS, "not all is sent")
    kill(told.data_dir, "services.alerts")
    told.wait(told.is_ready, SEEN_SECONDS, "alerts does not come back")
    loop(told, "main", "d")
    told.wait(lambda: [one["frictions"] for one in told.incidents()] == [4], SEEN_SECONDS, "not counted")
    (incident,) = told.incidents()
    key = f"{incident['incident_id']}:first"
    assert (incident["kind"], incident["touchpoint"]) == ("ivr_loop", "node:main")
    assert [(post["key"], post["body"]["key"]) for post in receivers.posts] == [(key, key)]
    (mail,) = receivers.mails
    assert (mail["To"], mail["Message-ID"]) == ("ops@example.com", f"<{key.replace(':', '.')}@example.com>")
    assert incident["title"].startswith(str(mail["Subject"]))


def test_a_replay_tells_nobody(told: Told, receivers: Receivers, tmp_path: Path) -> None:
    receivers.start()
    before = _told(told, receivers)
    hour = tmp_path / "hour.jsonl"
    _run("simulate", "--minutes=10", "--rate=4", "--trouble-minute=0", f"--out={hour}", stack=told)
    _run("replay", str(hour), "--run=hour", stack=told)
    assert len(told.frictions(state="raised")) > 20
    # Behind all of the replay.
    loop(told, "after", "e")
    told.wait(
        lambda: _told(told, receivers) != before and _are_sent(told), TOLD_SECONDS, "the live one is not told"
    )
    assert next(one["touchpoint"] for one in told.incidents()) == "node:after"
    assert _told(told, receivers) == tuple(number + 1 for number in before)


def test_the_event_stream_tells_of_it_too(told: Told) -> None:
    with Listener(told.live_url) as listener:
        # The stream has told more already: the first word is that a list must be read.
        told.wait(lambda: bool(listener.told), SEEN_SECONDS, "the stream does not open")
        loop(told, "stream", "f")
        told.wait(lambda: bool(_incidents(listener)), SEEN_SECONDS, "the stream does not tell")
    heard, listed = _incidents(listener)[-1], told.incidents()[0]
    assert (heard["touchpoint"], heard["title"]) == ("node:stream", "IVR loop at IVR node stream")
    assert heard.items() <= listed.items()


def _incidents(listener: Listener) -> list[Json]:
    return [told.document for told in listener.told if told.event == "incident"]


def _told(told: Told, receivers: Receivers) -> tuple[int, int, int]:
    """How many incidents there are, and how often each receiver was told."""
    return len(told.incidents()), len(receivers.posts), len(receivers.mails)


def _attempts(told: Told) -> int:
    """Of both receivers together, once each was tried."""
    attempts = [int(row["attempts"]) for row in told.notifications()]
    return sum(attempts) if all(attempts) else 0


def _are_sent(told: Told) -> bool:
    rows = told.notifications()
    return bool(rows) and all(row["state"] == "sent" for row in rows)


def _run(*arguments: str, stack: Stack) -> None:
    command = [sys.executable, "-m", "services.cli.main", *arguments]
    done = subprocess.run(
        command, env=stack.environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
