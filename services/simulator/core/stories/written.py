"""Letters and life: e-mails, posts, a ticket by itself, and what happens in shops and on doorsteps."""

from typing import Any

from services.simulator.core import centre
from services.simulator.core.dice import HOUR, happens, lasting, lasting_about, one_of
from services.simulator.core.people import Person
from services.simulator.core.stories import after
from services.simulator.core.stories.words import said
from services.simulator.core.tales import Tale
from services.simulator.core.world import Story, World

HAPPENED = (
    ("delivery", "parcel delivered"),
    ("delivery", "parcel left with a neighbour"),
    ("shop", "bought a router"),
    ("packaging", "box was damaged"),
    ("product", "router restarted by itself"),
)
MAIL_LIMIT_S, POST_LIMIT_S = 24 * 3600, 4 * 3600
#: Letters that begin with ours: a bill, an answer to a call.
WE_WRITE_FIRST = 0.08
#: An answer is rarely the last word of the centre: it says that the case is closed, too.
SAYS_IT_IS_CLOSED = 0.8


def email(world: World, person: Person, goal: str) -> Story:
    tale = world.contact(person, "email", centre.MAIL, counts=not happens(world.dice, WE_WRITE_FIRST))
    letter: dict[str, Any] = {"topic": centre.GOALS[goal].topic, "identifiers": {"email": person.email}}
    if not tale.counts:
        _reply(world, tale, goal, letter["identifiers"])
        yield lasting(world.dice, 5 * 3600)
    named = goal if happens(world.dice, 0.3) else None
    world.say(tale, "email.received", goal=named, **letter, **said(world.dice, person.persona.mood))
    if happens(world.dice, 0.15):
        # Not patient, he asks again before there is an answer.
        yield lasting(world.dice, 3600)
        world.say(tale, "email.received", **letter, **said(world.dice, person.persona.mood - 0.3))
    yield lasting_about(world.dice, 4 * 3600, MAIL_LIMIT_S, 1.2)
    if not happens(world.dice, 0.95):
        after.takes_another_way(world, tale, goal, 1.0)
        return
    yield from _answer(world, tale, goal)
    if happens(world.dice, 0.25):
        world.say(tale, "email.received", **letter, **said(world.dice, person.persona.mood))
        yield lasting_about(world.dice, 3 * 3600, MAIL_LIMIT_S, 1.0)
        yield from _answer(world, tale, goal)
    else:
        after.takes_another_way(world, tale, goal, 0.3)


def _answer(world: World, tale: Tale, goal: str) -> Story:
    """The answer itself, and mostly a second letter when the case is closed."""
    _reply(world, tale, goal, None)
    yield lasting(world.dice, 3600)
    if happens(world.dice, SAYS_IT_IS_CLOSED):
        _reply(world, tale, goal, None)
    yield lasting(world.dice, 3600, 1.0)


def _reply(world: World, tale: Tale, goal: str, names: dict[str, str] | None) -> None:
    agent, queue = f"mail-{world.dice.randint(1, 9)}", centre.GOALS[goal].queue
    tale.reached.append(world.say(tale, "email.replied", agent=agent, queue=queue, identifiers=names))


def post(world: World, person: Person, goal: str) -> Story:
    tale = world.contact(person, "social", centre.SOCIAL)
    network = one_of(world.dice, ("mastodon", "bluesky", "forum"))
    names = {"device_id": person.device_id}
    mood = person.persona.mood - 0.4
    world.say(tale, "social.posted", network=network, identifiers=names, **said(world.dice, mood))
    yield lasting_about(world.dice, 2400, POST_LIMIT_S, 1.0)
    if not happens(world.dice, 0.7):
        after.takes_another_way(world, tale, goal, 1.0)
        return
    for _ in range(2 if happens(world.dice, SAYS_IT_IS_CLOSED) else 1):
        tale.reached.append(world.say(tale, "social.replied", network=network))
        yield lasting(world.dice, 900)
    if happens(world.dice, 0.3):
        # Asked for it in private, he says who he is.
        world.say(tale, "social.posted", network=network, identifiers={"email": person.email})
        pause = lasting(world.dice, 3600)
        world.begin_if_open(lambda: world.stories["phone"](world, person, goal), pause)
        yield min(lasting(world.dice, 1800, 1.0), 12 * HOUR)
        tale.reached.append(world.say(tale, "social.replied", network=network))


def touchpoint(world: World, person: Person, goal: str) -> Story:
    tale = world.contact(person, "touchpoint", centre.SHOP, counts=False)
    place, what = one_of(world.dice, HAPPENED)
    names = {"customer_id": person.customer_id} if happens(world.dice, 0.8) else {"phone": person.phone}
    named = goal if happens(world.dice, 0.2) else None
    heard = said(world.dice, person.persona.mood - 0.2) if happens(world.dice, 0.3) else {}
    world.say(tale, "touchpoint.happened", place=place, what=what, identifiers=names, goal=named, **heard)
    yield from ()
