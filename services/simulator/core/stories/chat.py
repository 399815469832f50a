"""A chat: a bot first, then perhaps an agent; some say who they are only on the way."""

from collections.abc import Generator

from services.simulator.core import centre
from services.simulator.core.dice import happens, lasting, lasting_about, one_of
from services.simulator.core.people import Person
from services.simulator.core.stories import after
from services.simulator.core.stories.words import said
from services.simulator.core.tales import Tale, Transfer
from services.simulator.core.world import Queue, Story, World

Passing = Generator[int | Queue, bool, str]

BOT = "faq"
CONTAINED = 0.4
PASSED_ON = 0.08
GOES_AWAY = 0.06
#: The agent has somebody else ask; mostly the bot, else a colleague.
ASKS_THROUGH_ANOTHER, A_COLLEAGUE = 0.16, 0.375
PROVES = 0.2
#: Most write more than one line at a time.
ONE_MORE_LINE = 0.85
UNANSWERED_S = 60


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
        after.was_not_enough(world, tale, goal)
    else:
        yield from _with_an_agent(world, tale, goal)
    person.is_engaged = False


def _with_the_bot(world: World, tale: Tale) -> Story:
    for _ in range(world.dice.randint(1, 3)):
        yield from _customer_writes(world, tale)
        yield from _bot_writes(world, tale, "Have you looked at our help pages?")
        yield lasting(world.dice, 8.0)


def _with_an_agent(world: World, tale: Tale, goal: str) -> Story:
    person, queue = tale.person, centre.GOALS[goal].queue
    _hand_over(world, tale, "bot", "agent", queue)
    yield from _wait(world, tale)
    if happens(world.dice, GOES_AWAY):
        tale.end = world.say(tale, "chat.abandoned")
        after.tries_again(world, tale, lambda: world.stories["phone"](world, person, goal), 0.8)
        return
    for _ in range(world.dice.randint(1, 4)):
        yield from _agent_writes(world, tale, queue)
        yield lasting(world.dice, 20.0 * person.persona.pace)
        if len(tale.transfers) < 3 and happens(world.dice, PASSED_ON):
            queue = yield from _pass_on(world, tale, queue)
        elif happens(world.dice, ASKS_THROUGH_ANOTHER):
            yield from _ask_through_another(world, tale, queue)
        yield from _customer_writes(world, tale)
    yield from _agent_writes(world, tale, queue)
    yield lasting(world.dice, 15.0)
    resolved = happens(world.dice, 0.8)
    tale.end = world.say(tale, "chat.ended", ended_by="agent", resolved=resolved)
    if happens(world.dice, 0.2):
        world.begin_if_open(lambda: after.survey(world, tale, resolved), lasting(world.dice, 300))
    if not resolved:
        after.takes_another_way(world, tale, goal, 0.8)


def _wait(world: World, tale: Tale) -> Story:
    """For an agent. The bot may ask for patience meanwhile, which is an answer, too."""
    if happens(world.dice, 0.4):
        yield lasting(world.dice, 10.0)
        # Asked for it, the anonymous say who they are.
        names, text = {"email": tale.person.email}, f"I am {tale.person.email}."
        world.say(tale, "chat.message_sent", by="customer", text=text, identifiers=names)
    if happens(world.dice, 0.4):
        yield lasting(world.dice, 25.0)
        world.say(tale, "chat.message_sent", by="bot", bot=BOT, text="An agent will be with you soon.")
    yield lasting_about(world.dice, 45.0, UNANSWERED_S, 0.8)


def _hand_over(world: World, tale: Tale, giver: str, taker: str, queue: str) -> None:
    names = {"from": giver, "to": taker}
    bot = BOT if "bot" in names.values() else None
    world.say(tale, "chat.handed_over", **names, bot=bot, queue=queue)


def _ask_through_another(world: World, tale: Tale, queue: str) -> Story:
    """The bot asks for what the agent needs; a colleague who helps out is no bouncing."""
    if happens(world.dice, A_COLLEAGUE):
        _hand_over(world, tale, "agent", "agent", queue)
        yield lasting(world.dice, 5.0)
        return
    _hand_over(world, tale, "agent", "bot", queue)
    yield lasting(world.dice, 2.0)
    yield from _bot_writes(world, tale, "Which number is on your contract?")
    yield from _customer_writes(world, tale)
    _hand_over(world, tale, "bot", "agent", queue)
    yield lasting(world.dice, 8.0)
    yield from _agent_writes(world, tale, queue)


def _pass_on(world: World, tale: Tale, queue: str) -> Passing:
    to_queue = one_of(world.dice, [other for other in centre.QUEUES if other != queue])
    passed = world.say(tale, "chat.transferred", from_queue=queue, to_queue=to_queue)
    tale.transfers.append(Transfer(to_queue, passed))
    yield lasting(world.dice, 30.0)
    return to_queue


def _agent_writes(world: World, tale: Tale, queue: str) -> Story:
    agent = f"{queue}-{world.dice.randint(1, 40)}"
    mood = round(world.dice.random() - 0.7, 2)
    for text in _lines(world, "Let me look that up.", "I have found it."):
        data = {"by": "agent", "agent": agent, "queue": queue, "text": text, "sentiment": mood}
        tale.reached.append(world.say(tale, "chat.message_sent", **data))
        yield lasting(world.dice, 4.0)
    if happens(world.dice, PROVES):
        names = {"customer_id": tale.person.customer_id}
        succeeded = happens(world.dice, 0.9)
        world.say(
            tale,
            "chat.authenticated",
            method="questions",
            succeeded=succeeded,
            identifiers=names if succeeded else {},
        )
        yield lasting(world.dice, 2.0)


def _bot_writes(world: World, tale: Tale, text: str) -> Story:
    for line in _lines(world, text, "You can also ask for an agent."):
        world.say(tale, "chat.message_sent", by="bot", bot=BOT, text=line)
        yield lasting(world.dice, 1.5)


def _lines(world: World, first: str, second: str) -> tuple[str, ...]:
    return (first, second) if happens(world.dice, ONE_MORE_LINE) else (first,)


def _customer_writes(world: World, tale: Tale) -> Story:
    world.say(tale, "chat.message_sent", by="customer", **said(world.dice, tale.person.persona.mood))
    yield lasting_about(world.dice, 12.0 * tale.person.persona.pace, UNANSWERED_S)
