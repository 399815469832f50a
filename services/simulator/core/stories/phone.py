"""A call: the IVR, the queue, the agent, being passed on; and what follows from it."""

from collections.abc import Generator

from services.simulator.core import centre
from services.simulator.core.dice import DAY, happens, lasting, one_of
from services.simulator.core.people import Person
from services.simulator.core.stories import after
from services.simulator.core.stories.menus import through_the_menus
from services.simulator.core.stories.words import said
from services.simulator.core.tales import Said, Tale, Transfer, Wait
from services.simulator.core.world import Queue, Story, World

PASSED_ON = 0.07
PASSED_ON_IN_TROUBLE = 0.55
TRANSFERS_MAX = 4
RESOLVED = 0.78
DOWN_THE_LINE_MS = 60

Talk = Generator[int | Queue, bool, bool]


def call(world: World, person: Person, goal: str) -> Story:
    """An inbound call, from the first ring to what the customer does next."""
    tale = world.contact(person, "ivr", centre.PBX)
    person.is_engaged = True
    started = world.say(tale, "ivr.started", identifiers=person.by_phone)
    tale.passage = (started, None)
    yield lasting(world.dice, 5.0, 0.2)
    if not (yield from through_the_menus(world, tale, goal)):
        _leave_ivr(world, tale, "customer_hangup")
        after.tries_again(world, tale, lambda: call(world, person, goal), 0.5)
    elif happens(world.dice, centre.GOALS[goal].contained):
        yield lasting(world.dice, 25.0)
        _leave_ivr(world, tale, "contained")
    else:
        _leave_ivr(world, tale, "transferred")
        yield DOWN_THE_LINE_MS
        yield from _reach_somebody(world, tale, goal)
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


def _leave_ivr(world: World, tale: Tale, reason: str) -> None:
    ended = world.say(tale, "ivr.ended", reason=reason)
    assert tale.passage is not None
    tale.passage = (tale.passage[0], ended)
    if reason != "transferred":
        tale.end = ended


def _reach_somebody(world: World, tale: Tale, goal: str) -> Story:
    named = goal if happens(world.dice, 0.5) else None
    tale.channel = "call"
    world.say(tale, "call.started", direction="inbound", goal=named)
    yield DOWN_THE_LINE_MS
    if not (yield from _wait(world, tale, centre.GOALS[goal].queue)):
        after.tries_again(world, tale, lambda: call(world, tale.person, goal), 1.0)
        return
    resolved = yield from _talk_and_be_passed_on(world, tale)
    if resolved is None:
        after.tries_again(world, tale, lambda: call(world, tale.person, goal), 1.0)
        return
    ended_by = one_of(world.dice, ("customer", "agent"))
    tale.end = world.say(tale, "call.ended", ended_by=ended_by, resolved=resolved)
    after.a_call(world, tale, goal, resolved)
    if not resolved:
        pause = lasting(world.dice, 3 * 3600, 1.2)
        if happens(world.dice, tale.person.persona.insists):
            world.begin_if_open(lambda: call(world, tale.person, goal), min(pause, 6 * DAY))


def _wait(world: World, tale: Tale, queue: str) -> Talk:
    """In the queue until an agent has time; False when he gave up."""
    wait = Wait(queue, world.say(tale, "call.queued", queue=queue))
    tale.waits.append(wait)
    patience = lasting(world.dice, tale.person.persona.patience_s, 0.7)
    # Some notice at once that they have called the wrong number.
    patience = lasting(world.dice, 3.0) if happens(world.dice, 0.01) else patience
    if (yield Queue(queue, patience)):
        wait.end = world.say(tale, "call.answered", queue=queue, agent=_agent(world, queue))
        tale.reached_person = True
        return True
    wait.end, wait.was_given_up = world.say(tale, "call.abandoned", queue=queue), True
    tale.end = wait.end
    return False


def _talk_and_be_passed_on(world: World, tale: Tale) -> Generator[int | Queue, bool, bool | None]:
    """Whether it was resolved; None when he gave up in another queue."""
    queue = tale.waits[-1].queue
    for left in range(TRANSFERS_MAX, -1, -1):
        is_passed_on = left > 0 and happens(world.dice, _chance_to_be_passed_on(world, tale, queue))
        yield from _talk(world, tale, queue, 0.4 if is_passed_on else 1.0)
        if not is_passed_on:
            break
        to_queue = _next_queue(world, tale, queue)
        data = {"from_queue": queue, "to_queue": to_queue, "kind": one_of(world.dice, ("warm", "cold"))}
        tale.transfers.append(Transfer(to_queue, _passed(world, tale, data)))
        world.leave(queue)
        yield DOWN_THE_LINE_MS
        if not (yield from _wait(world, tale, to_queue)):
            return None
        queue = to_queue
    world.leave(queue)
    return happens(world.dice, RESOLVED)


def _passed(world: World, tale: Tale, data: dict[str, str]) -> Said:
    return world.say(tale, "call.transferred", **data)


def _talk(world: World, tale: Tale, queue: str, part: float) -> Story:
    length = lasting(world.dice, centre.TALK_S[queue] * part, 0.45)
    yield length // 3
    mood = tale.person.persona.mood - 0.4 * len(tale.transfers)
    if happens(world.dice, 0.5):
        world.say(tale, "call.transcribed", by="customer", **said(world.dice, mood))
    if happens(world.dice, 0.2):
        yield 50
        world.say(tale, "call.held")
        yield lasting(world.dice, 40.0)
        world.say(tale, "call.resumed")
    elif happens(world.dice, 0.3):
        yield 50
        names = {"customer_id": tale.person.customer_id}
        world.say(tale, "call.authenticated", method="questions", succeeded=True, identifiers=names)
    yield length - length // 3


def _chance_to_be_passed_on(world: World, tale: Tale, queue: str) -> float:
    """In the bad afternoon the queue in trouble sends people away, and they are sent back to it."""
    trouble = world.plan.trouble
    if trouble is None or not trouble.hits_queue(trouble.queue, world.now):
        return PASSED_ON
    was_there = any(wait.queue == trouble.queue for wait in tale.waits)
    return PASSED_ON_IN_TROUBLE if was_there else PASSED_ON


def _next_queue(world: World, tale: Tale, queue: str) -> str:
    trouble = world.plan.trouble
    is_bad = trouble is not None and trouble.hits_queue(trouble.queue, world.now)
    if trouble is not None and is_bad and any(wait.queue == trouble.queue != queue for wait in tale.waits):
        return trouble.queue
    return one_of(world.dice, [other for other in centre.QUEUES if other != queue])


def _agent(world: World, queue: str) -> str:
    return f"{queue}-{world.dice.randint(1, 40)}"
