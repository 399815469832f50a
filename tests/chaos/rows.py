"""The rows of the chaos table: what is done to workers while traffic goes on."""

import asyncio
import random
import signal
import time
from collections import deque
from collections.abc import Sequence

from tests.chaos.cluster import Node
from tests.chaos.echo import SESSION_S
from tests.chaos.hall import Hall

#: Records in the surge before a kill: the worker that dies has them all before it.
SURGE = 1500
FAULTS = ["before_outputs", "after_changelog", "after_outputs", "after_store", "after_ack"]
#: Of the kills, how many lose the data folder too, and how many keep the worker away for a while.
WIPED_SHARE, AWAY_SHARE = 0.3, 0.1


#: How long the others are watched while one is away, and how far apart restarts are.
RESTART_SECONDS = 8.0


class Ledger:
    """What was done, for the last line and the table."""

    def __init__(self) -> None:
        self.kills = self.wiped = self.terms = self.pauses = self.faults = self.bounces = 0
        self.lags: list[int] = []
        #: Seconds in which the slowest partition said nothing: after a kill, at a planned restart.
        self.takeovers_s: list[float] = []
        self.restarts_s: list[float] = []
        #: From the start of brokers that had gone until the workers had folded all that was sent by then.
        self.returns_s: list[float] = []
        #: Of a worker left alone for hours, early and late; of its changelog, records left and ever written.
        self.growth: dict[str, tuple[float, float]] = {}
        self.compacted: tuple[int, int] | None = None


async def kill(hall: Hall, ledger: Ledger, times: int) -> None:
    """kill -9 while the worker lags; some lose their disk, some stay away until others have taken over."""
    for _ in range(times):
        name = hall.dice.choice(hall.names)
        await hall.until_speaking(name)
        await hall.surge(SURGE)
        ledger.lags.append(hall.lag)
        is_away = hall.dice.random() < AWAY_SHARE
        hall.away.add(name)
        hall.workers[name].kill()
        hall.workers[name].wait()
        ledger.kills += 1
        if hall.dice.random() < WIPED_SHARE:
            hall.lose_data(name)
            ledger.wiped += 1
        if is_away:
            ledger.takeovers_s.append(await _stall_s(hall, SESSION_S + 4))
        hall.start(name)


async def _stall_s(hall: Hall, watched_s: float) -> float:
    """The longest time from now on in which some partition said nothing."""
    started_ms = time.time() * 1000
    await asyncio.sleep(watched_s)
    longest = 0.0
    for number in range(hall.partitions):
        times = [started_ms, *(at_ms for at_ms in hall.said_ms[number] if at_ms > started_ms)]
        gaps = [after - before for before, after in zip(times, [*times[1:], time.time() * 1000], strict=True)]
        longest = max(longest, *gaps)
    return longest / 1000


async def restart(hall: Hall, ledger: Ledger, cycles: int) -> None:
    """SIGTERM, one worker after the other, each started again at once, and the next once all are at work."""
    for cycle in range(cycles):
        name = hall.names[cycle % len(hall.names)]
        await hall.until_speaking(*hall.names)
        await hall.surge(SURGE)
        hall.away.add(name)
        hall.workers[name].terminate()
        watching = asyncio.create_task(_stall_s(hall, RESTART_SECONDS))
        await asyncio.to_thread(hall.workers[name].wait, 60)
        hall.endings[hall.workers[name].returncode] += 1
        ledger.terms += 1
        ledger.restarts_s.append(await watching)
        hall.start(name)


async def pause(hall: Hall, ledger: Ledger, times: int) -> None:
    """SIGSTOP for half as long again as the group waits: the worker wakes as a zombie."""
    for _ in range(times):
        name = hall.dice.choice(hall.names)
        await hall.until_speaking(name)
        await hall.surge(SURGE)
        hall.workers[name].send_signal(signal.SIGSTOP)
        await asyncio.sleep(SESSION_S * 1.5)
        hall.workers[name].send_signal(signal.SIGCONT)
        ledger.pauses += 1
        await hall.surge(SURGE)


async def storm(hall: Hall, ledger: Ledger, deeds: int) -> None:
    """All at once: to each worker something is done again before the group is done with what was before, so
    that rebalances overtake each other, and workers end or pause in the middle of one."""
    dice = {name: random.Random(hall.dice.random()) for name in hall.names}
    async with asyncio.TaskGroup() as group:
        for name in hall.names:
            group.create_task(batter(hall, ledger, name, dice[name], deeds // len(hall.names)))


async def batter(
    hall: Hall,
    ledger: Ledger,
    name: str,
    dice: random.Random,
    deeds: int,
    choices: Sequence[str] = ("pause", "pause", "stop", "kill", "wipe"),
) -> None:
    """Does so much to one worker. The supervisor starts whoever ended."""
    for _ in range(deeds):
        await asyncio.sleep(dice.uniform(0.05, 4))
        match dice.choice(choices):
            case "pause":
                ledger.pauses += 1
                hall.workers[name].send_signal(signal.SIGSTOP)
                await asyncio.sleep(dice.choice((0.1, 0.5, 2, SESSION_S, SESSION_S * 1.5)))
                hall.workers[name].send_signal(signal.SIGCONT)
            case "stop":
                ledger.terms += 1
                hall.workers[name].terminate()
            case deed:
                ledger.kills += 1
                hall.away.add(name)
                hall.workers[name].kill()
                hall.workers[name].wait()
                if deed == "wipe":
                    hall.lose_data(name)
                    ledger.wiped += 1
                hall.start(name)


async def bounce(hall: Hall, ledger: Ledger, rounds: int, nodes: Sequence[Node]) -> None:
    """Each broker in turn is stopped, then killed, leaders and controller among them; last all at once.

    After each, workers must come to the end of the log again.
    """
    for turn in range(rounds * len(nodes) * 2):
        node, is_clean = nodes[turn // 2 % len(nodes)], turn % 2 == 0
        await asyncio.to_thread(node.stop if is_clean else node.kill)
        await _return(hall, ledger, [node])
    for node in nodes:
        await asyncio.to_thread(node.kill)
    await _return(hall, ledger, nodes)


async def _return(hall: Hall, ledger: Ledger, nodes: Sequence[Node]) -> None:
    await asyncio.sleep(hall.dice.uniform(1, 5))
    started = time.monotonic()
    for node in nodes:
        node.start()
    for node in nodes:
        await asyncio.to_thread(node.wait_ready)
    sent = hall.sent
    await hall.until("workers are back", lambda: len(hall.counted) >= sent and hall.sent > sent)
    ledger.bounces += 1
    ledger.returns_s.append(time.monotonic() - started)


async def crash(hall: Hall, ledger: Ledger, times: int) -> None:
    """All workers at once end between the effects of a batch, again and again, at every point with a name."""
    points = deque(FAULTS * times)
    hall.away.update(hall.names)
    for worker in hall.workers.values():
        worker.kill()
        worker.wait()
    while points or not all(worker.poll() is not None for worker in hall.workers.values()):
        for name, worker in list(hall.workers.items()):
            if worker.poll() is not None and points:
                hall.start(name, FAULT_AT=f"{points.popleft()}:{hall.dice.randint(1, 8)}")
                hall.away.add(name)
                ledger.faults += 1
        await asyncio.sleep(0.1)
    for name in hall.names:
        hall.start(name)
