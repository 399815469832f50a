"""A chat: a bot first, then perhaps an agent; some say who they are only on the way."""

from collections.abc import Generator

from services.simulator.core import centre
from services.simulator.core.dice import happens, lasting
from services.simulator.core.people import Person
from services.simulator.core.stories import after, phone
from services.simulator.core.stories.words import said
from services.simulator.core.tales import Tale, Transfer
from services.simulator.core.world import Queue, Story, World

Passing = Generator[int | Queue, bool, str]

BOT = "faq"
CONTAINED = 0.4
PASSED_ON = 0.08
GOES_AWAY = 0.06


def write(world: World, person: Person, goal: str) -> Story:
    tale = world.contact(person, "chat", centre.CHAT)
    person.is_engaged = True
    names = {"visitor_id": person.visitor_id}
    if happens(world.dice, person.persona.logs_in):
        names["customer_id"] = person.customer_id
    named = goal if happens(world.dice, 0.4) else None
    world.say(tale, "chat.started", identifiers=names, goal=named)
    yield lasting(world.dice, 4.0)
    yield from _with_the_bot(world, tale)
    if happens(world.dice, CONTAINED):
        tale.end = world.say(tale, "chat.ended", ended_by="customer", reason="contained", bot=BOT)
    else:
        yield from _with_an_agent(world, tale, goal)
    person.is_engaged = False


def _with_the_bot(world: World, tale: Tale) -> Story:
    for _ in range(world.dice.randint(1, 3)):
        yield from _customer_writes(world, tale)
        world.say(tale, "chat.message_sent", by="bot", bot=BOT, text="Have you looked at our help pages?")
        yield lasting(world.dice, 8.0)


def _with_an_agent(world: World, tale: Tale, goal: str) -> Story:
    person, queue = tale.person, centre.GOALS[goal].queue
    world.say(tale, "chat.handed_over", **{"from": "bot", "to": "agent"}, bot=BOT, queue=queue)
    if happens(world.dice, 0.4):
        yield lasting(world.dice, 10.0)
        # Asked for it, the anonymous say who they are.
        names = {"email": person.email}
        world.say(tale, "chat.message_sent", by="customer", text=f"I am {person.email}.", identifiers=names)
    yield lasting(world.dice, 45.0, 0.8)
    if happens(world.dice, GOES_AWAY):
        tale.end = world.say(tale, "chat.abandoned")
        after.tries_again(world, tale, lambda: phone.call(world, person, goal), 0.8)
        return
    for _ in range(world.dice.randint(1, 4)):
        _agent_writes(world, tale, queue)
        yield lasting(world.dice, 20.0 * person.persona.pace)
        if len(tale.transfers) < 3 and happens(world.dice, PASSED_ON):
            queue = yield from _pass_on(world, tale, queue)
        yield from _customer_writes(world, tale)
    yield lasting(world.dice, 15.0)
    resolved = happens(world.dice, 0.8)
    tale.end = world.say(tale, "chat.ended", ended_by="agent", resolved=resolved)
    if happens(world.dice, 0.15):
        world.begin_if_open(lambda: after.survey(world, tale, resolved), lasting(world.dice, 300))


def _pass_on(world: World, tale: Tale, queue: str) -> Passing:
    others = [other for other in centre.QUEUES if other != queue]
    to_queue = others[world.dice.randint(0, len(others) - 1)]
    passed = world.say(tale, "chat.transferred", from_queue=queue, to_queue=to_queue)
    tale.transfers.append(Transfer(to_queue, passed))
    yield lasting(world.dice, 30.0)
    return to_queue


def _agent_writes(world: World, tale: Tale, queue: str) -> None:
    agent = f"{queue}-{world.dice.randint(1, 40)}"
    world.say(tale, "chat.message_sent", by="agent", agent=agent, queue=queue, text="Let me look that up.")
    tale.reached_person = True


def _customer_writes(world: World, tale: Tale) -> Story:
    world.say(tale, "chat.message_sent", by="customer", **said(world.dice, tale.person.persona.mood))
    yield lasting(world.dice, 12.0 * tale.person.persona.pace)
