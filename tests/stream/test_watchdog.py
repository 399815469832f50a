"""What is stuck is noticed, and what merely takes long is not."""

import asyncio
from types import SimpleNamespace
from typing import Any

import faust
import pytest
from faust.types.tuples import TP

from services.stream import metrics
from services.stream.flight import Flight
from services.stream.recovery import BatchRecovery
from services.stream.watchdog import (
    FOLD_TICKS_MAX,
    REBALANCE_TICKS_MAX,
    STOP_TICKS_MAX,
    STUCK_TICKS_MAX,
    Patience,
    Stuck,
    Wait,
    Watchdog,
)


def test_it_loses_patience_when_nothing_moves() -> None:
    patience = Patience()
    assert [patience.look(Wait("commit", True, 7, 3)) for _ in range(4)] == [False, False, False, True]


def test_progress_and_an_end_of_the_wait_start_it_anew() -> None:
    patience = Patience()
    waits = [Wait("commit", True, 7, 3)] * 3 + [Wait("commit", True, 8, 3)] * 3
    waits += [Wait("commit", False, 8, 3)] + [Wait("commit", True, 8, 3)] * 2
    assert not any(patience.look(wait) for wait in waits)


def test_each_wait_has_its_own_patience() -> None:
    patience = Patience()
    for _ in range(2):
        assert not patience.look(Wait("commit", True, 1, 2))
    assert not patience.look(Wait("recovery", True, 1, 2))
    assert patience.look(Wait("commit", True, 1, 2))


async def test_a_failure_while_restoring_ends_the_process() -> None:
    ended: list[BaseException] = []
    app = faust.App("recovering", autodiscover=False)
    app._crash = ended.append  # type: ignore[method-assign, assignment]
    recovery = BatchRecovery(app, app.tables)
    failure = RuntimeError("a changelog record that cannot be")

    async def fail() -> None:
        raise failure

    await recovery._execute_task(fail())
    assert ended == [failure]


#: A batch that nobody folds.
WAITING = Flight()
WAITING.add(SimpleNamespace(tp=TP("in", 3), offset=9, acked=False), 0)


@pytest.mark.parametrize(
    ("what", "app", "consumer"),
    [
        ("commit", {}, {"has_uncommitted": True}),
        ("recovery", {"in_recovery": True}, {}),
        ("stop", {"should_stop": True}, {}),
        ("rebalance", {"rebalancing": True}, {}),
        ("fold of in/3", {}, {"flight": WAITING}),
        ("revocation", {"draining": True, "rebalancing": True}, {"has_uncommitted": True}),
    ],
)
def test_it_ends_a_process_that_is_stuck(what: str, app: dict[str, Any], consumer: dict[str, Any]) -> None:
    calm: dict[str, Any] = dict.fromkeys(("in_recovery", "draining", "rebalancing", "should_stop"), False)
    started = SimpleNamespace(**{"has_uncommitted": False, "commits": 3, "flight": Flight()} | consumer)
    restoring = SimpleNamespace(left=lambda: 5, is_overtaken=False)
    world: Any = SimpleNamespace(
        **calm | app, rebalancing_count=1, started_consumer=started, restoring=restoring
    )
    ended: list[Stuck] = []
    with asyncio.Runner() as runner:
        watchdog = Watchdog(world, runner.get_loop(), ended.append)
        longer = {"rebalance": REBALANCE_TICKS_MAX, "fold of in/3": FOLD_TICKS_MAX, "stop": STOP_TICKS_MAX}
        for _ in range(longer.get(what, STUCK_TICKS_MAX)):
            watchdog._look()
        assert not ended
        watchdog._look()
    assert [str(stuck) for stuck in ended] == [what]
    assert metrics.RECOVERING._value.get() == 5
