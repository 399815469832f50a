"""A call: the IVR, the queue, the agent, being passed on; and what follows from it."""

from collections.abc import Generator

from services.simulator.core import centre
from services.simulator.core.dice import (
    DAY,
    ON_THE_LIMIT,
    SECOND,
    happens,
    lasting,
    lasting_about,
    one_of,
    pick,
)
from services.simulator.core.people import Person
from services.simulator.core.stories import after
from services.simulator.core.stories.menus import through_the_menus
from services.simulator.core.stories.talk import talk
from services.simulator.core.tales import Said, Tale, Transfer, Wait
from services.simulator.core.world import Queue, Story, World

PASSED_ON = 0.07
#: Who calls again about the same thing is sent to those who may know more.
PASSED_ON_AGAIN = 0.3
PASSED_ON_IN_TROUBLE = 0.55
TRANSFERS_MAX = 4
RESOLVED = 0.78
DOWN_THE_LINE_MS, PUT_THROUGH_MS = 60, 250
#: Of the calls that no agent takes, so many have a telephone exchange that says when they end.
SAYS_THE_END = 0.8
#: Who ends a call that leaves the IVR so.
HUNG_UP = {"customer_hangup": "customer", "disconnected": "system"}

Talk = Generator[int | Queue, bool, bool]


def call(world: World, person: Person, goal: str, is_again: bool = False) -> Story:
    """An inbound call, from the first ring to what the customer does next."""
    tale = world.contact(person, "ivr", centre.PBX)
    person.is_engaged = True
    started = world.say(tale, "ivr.started", identifiers=person.by_phone)
    tale.passage = (started, None)
    yield lasting(world.dice, 5.0, 0.2)
    reason = yield from through_the_menus(world, tale, goal)
    if reason is not None:
        yield from _leave_ivr(world, tale, reason)
        after.tries_again(world, tale, lambda: call(world, person, goal), 0.5)
    elif happens(world.dice, centre.GOALS[goal].contained):
        yield _listening(world, started.at_ms)
        yield from _leave_ivr(world, tale, "contained")
        after.was_not_enough(world, tale, goal)
    else:
        yield from _leave_ivr(world, tale, "transferred")
        yield from _reach_somebody(world, tale, goal, PASSED_ON_AGAIN if is_again else PASSED_ON)
    person.is_engaged = False


def outbound(world: World, person: Person, goal: str) -> Story:
    """The centre calls: no contact of the customer's making."""
    tale = world.contact(person, "call", centre.PBX, counts=False)
    person.is_engaged = True
    queue, agent = centre.GOALS[goal].queue, _agent(world, centre.GOALS[goal].queue)
    names = {"phone": person.phone, "customer_id": person.customer_id}
    world.say(tale, "call.started", direction="outbound", identifiers=names, goal=goal)
    yield lasting(world.dice, 12.0)
    if happens(world.dice, 0.6):
        world.say(tale, "call.answered", queue=queue, agent=agent)
        yield lasting(world.dice, 120.0)
    tale.end = world.say(tale, "call.ended", ended_by="agent")
    person.is_engaged = False


def _listening(world: World, started_ms: int) -> int:
    """To what the machine says, in ms; now and then until he was in the IVR for three minutes sharp."""
    left = started_ms + 180 * SECOND - world.now
    if left > SECOND and happens(world.dice, ON_THE_LIMIT):
        return left + world.dice.randint(-1, 1)
    return lasting(world.dice, 25.0)


def _leave_ivr(world: World, tale: Tale, reason: str) -> Story:
    ended = world.say(tale, "ivr.ended", reason=reason)
    assert tale.passage is not None
    tale.passage = (tale.passage[0], ended)
    if reason != "transferred":
        tale.end = ended
    if reason in HUNG_UP:
        yield from _hang_up(world, tale, HUNG_UP[reason])
    yield DOWN_THE_LINE_MS


def _hang_up(world: World, tale: Tale, ended_by: str) -> Story:
    """The end of a call that nobody has taken."""
    if happens(world.dice, SAYS_THE_END):
        yield DOWN_THE_LINE_MS
        tale.channel = "call"
        tale.end = world.say(tale, "call.ended", ended_by=ended_by)


def _reach_somebody(world: World, tale: Tale, goal: str, passed_on: float) -> Story:
    named = goal if happens(world.dice, 0.5) else None
    tale.channel = "call"
    world.say(tale, "call.started", direction="inbound", goal=named)
    yield DOWN_THE_LINE_MS
    resolved = None
    if (yield from _wait(world, tale, centre.GOALS[goal].queue)):
        resolved = yield from _talk_and_be_passed_on(world, tale, passed_on)
    if resolved is None:
        yield from _hang_up(world, tale, "customer")
        after.tries_again(world, tale, lambda: call(world, tale.person, goal), 1.0)
        return
    ended_by = one_of(world.dice, ("customer", "agent"))
    tale.end = world.say(tale, "call.ended", ended_by=ended_by, resolved=resolved)
    after.a_call(world, tale, goal, resolved)
    if not resolved:
        pause = after.by_day(world, min(lasting(world.dice, 3 * 3600, 1.2), 6 * DAY))
        if happens(world.dice, tale.person.persona.insists):
            world.begin_if_open(lambda: call(world, tale.person, goal, is_again=True), pause)
        after.takes_another_way(world, tale, goal, 0.4)


def _wait(world: World, tale: Tale, queue: str) -> Talk:
    """In the queue until an agent has time; False when he gave up."""
    wait = Wait(queue, world.say(tale, "call.queued", queue=queue))
    tale.waits.append(wait)
    patience = lasting_about(world.dice, tale.person.persona.patience_s, 120, 0.7)
    # Some notice at once that they have called the wrong number.
    patience = lasting_about(world.dice, 3.0, 5) if happens(world.dice, 0.015) else patience
    # The line tells him a millisecond later.
    if (yield Queue(queue, patience - 1)):
        wait.end = yield from _answer(world, tale, queue)
        return True
    wait.end, wait.was_given_up = world.say(tale, "call.abandoned", queue=queue), True
    tale.end = wait.end
    return False


def _talk_and_be_passed_on(
    world: World, tale: Tale, passed_on: float
) -> Generator[int | Queue, bool, bool | None]:
    """Whether it was resolved; None when he gave up in another queue."""
    # The queue whose agent is busy with him, and the one that has the case.
    line = queue = tale.waits[-1].queue
    for left in range(TRANSFERS_MAX, -1, -1):
        is_passed_on = left > 0 and happens(world.dice, _chance_to_be_passed_on(world, tale, passed_on))
        if not (yield from talk(world, tale, queue, 0.4 if is_passed_on else 1.0)):
            world.leave(line)
            return False
        if not is_passed_on:
            break
        before, queue = queue, _next_queue(world, tale, queue)
        if (yield from _pass_on(world, tale, before, queue)):
            continue
        world.leave(line)
        yield DOWN_THE_LINE_MS
        line = queue
        if not (yield from _wait(world, tale, queue)):
            return None
    world.leave(line)
    return happens(world.dice, RESOLVED)


def _pass_on(world: World, tale: Tale, from_queue: str, to_queue: str) -> Talk:
    """True when one agent hands him to the other in person, without a queue."""
    if happens(world.dice, 0.3):
        world.say(tale, "call.held")
        yield lasting(world.dice, 35.0)
    kind = pick(world.dice, {"cold": 0.7, "warm": 0.3})
    data = {"from_queue": from_queue, "to_queue": to_queue, "kind": kind}
    tale.transfers.append(Transfer(to_queue, world.say(tale, "call.transferred", **data)))
    if kind == "cold":
        return False
    yield lasting(world.dice, 30.0, 1.0)
    yield from _answer(world, tale, to_queue)
    return True


def _answer(world: World, tale: Tale, queue: str) -> Generator[int | Queue, bool, Said]:
    """The exchange says it when it has put him through, and again when it has heard the agent's phone."""
    answered = world.say(tale, "call.answered", queue=queue)
    yield PUT_THROUGH_MS
    agent = _agent(world, queue)
    tale.reached += [answered, world.say(tale, "call.answered", queue=queue, agent=agent)]
    return answered


def _chance_to_be_passed_on(world: World, tale: Tale, usual: float) -> float:
    """In the bad afternoon the queue in trouble sends people away, and they are sent back to it."""
    trouble = world.plan.trouble
    if trouble is None or not trouble.hits_queue(trouble.queue, world.now):
        return usual
    was_there = any(wait.queue == trouble.queue for wait in tale.waits)
    return PASSED_ON_IN_TROUBLE if was_there else usual


def _next_queue(world: World, tale: Tale, queue: str) -> str:
    trouble = world.plan.trouble
    is_bad = trouble is not None and trouble.hits_queue(trouble.queue, world.now)
    if trouble is not None and is_bad and any(wait.queue == trouble.queue != queue for wait in tale.waits):
        return trouble.queue
    return one_of(world.dice, [other for other in centre.QUEUES if other != queue])


def _agent(world: World, queue: str) -> str:
    return f"{queue}-{world.dice.randint(1, 40)}"
