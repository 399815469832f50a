"""Payloads that nobody has seen: known ones with parts taken out and nonsense put in."""

import random
from copy import deepcopy
from typing import Any

import orjson
import pytest

from services.ingest.core.judging import judge
from services.ingest.core.modes import Sent
from services.ingest.core.platforms.delivery import Unreadable
from services.ingest.core.platforms.platform import translate_all
from tests.platforms.given import FOLDER, NO_FOLDER, NOW_US, connection, delivery, platform
from tests.platforms.test_payloads import FILES, body_of

MUTANTS = 3000
JUNK: list[Any] = [
    None, 0, -1, True, "", [], {}, "x", 1e308, 2**63, "2026-13-45", [1], {"a": 1}, "a" * 70_000, "\x1f", "😀",
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path] if path else []
    for name, part in inner:
        found += places(part, (*path, name))
    return found


def mutated(document: Any, dice: random.Random) -> Any:
    changed = deepcopy(document)
    for _ in range(dice.randint(1, 4)):
        known = places(changed)
        if not known:
            return dice.choice(JUNK)
        *way, last = dice.choice(known)
        holder = changed
        for name in way:
            holder = holder[name]
        if dice.random() < 0.4:
            del holder[last]
        else:
            holder[last] = deepcopy(dice.choice(JUNK))
    return changed


@pytest.mark.skipif(not FOLDER.is_dir(), reason=NO_FOLDER)
def test_whatever_comes_is_events_or_kept_with_its_reason(request: pytest.FixtureRequest) -> None:
    seed = request.config.getoption("--seed") or random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    known = [(name, orjson.loads(body_of(name))) for name in FILES if name.endswith(".json")]
    for _ in range(MUTANTS):
        name, document = dice.choice(known)
        folder = name.partition("/")[0]
        chosen = "standard" if folder == "pagerduty" else folder
        sent = delivery(mutated(document, dice))
        try:
            found = translate_all(platform(chosen), connection(chosen), sent)
        except Unreadable:
            continue
        verdict = judge(Sent(found.events, is_list=True), NOW_US // 1000)
        assert {bad.reason for bad in verdict.bad} <= {"in_future", "unknown_channel"}, (
            name,
            verdict.bad,
            sent,
        )
        assert found.events or found.left, (name, sent)
