"""Letters and life: e-mails, posts, a ticket by itself, and what happens in shops and on doorsteps."""

from typing import Any

from services.simulator.core import centre
from services.simulator.core.dice import happens, lasting, one_of
from services.simulator.core.people import Person
from services.simulator.core.stories import phone
from services.simulator.core.stories.words import said
from services.simulator.core.world import Story, World

HAPPENED = (
    ("delivery", "parcel delivered"),
    ("delivery", "parcel left with a neighbour"),
    ("shop", "bought a router"),
    ("packaging", "box was damaged"),
    ("product", "router restarted by itself"),
)


def email(world: World, person: Person, goal: str) -> Story:
    tale = world.contact(person, "email", centre.MAIL)
    named = goal if happens(world.dice, 0.3) else None
    letter: dict[str, Any] = {"topic": centre.GOALS[goal].topic, **said(world.dice, person.persona.mood)}
    world.say(tale, "email.received", identifiers={"email": person.email}, goal=named, **letter)
    yield lasting(world.dice, 3 * 3600, 1.0)
    if happens(world.dice, 0.95):
        agent = f"mail-{world.dice.randint(1, 9)}"
        world.say(tale, "email.replied", agent=agent, queue=centre.GOALS[goal].queue)
        tale.reached_person = True
        yield lasting(world.dice, 3600, 1.0)
        if happens(world.dice, 0.15):
            world.say(tale, "email.received", **letter)


def post(world: World, person: Person, goal: str) -> Story:
    tale = world.contact(person, "social", centre.SOCIAL)
    network = one_of(world.dice, ("mastodon", "bluesky", "forum"))
    names = {"device_id": person.device_id}
    mood = person.persona.mood - 0.4
    world.say(tale, "social.posted", network=network, identifiers=names, **said(world.dice, mood))
    yield lasting(world.dice, 2400, 1.0)
    if happens(world.dice, 0.7):
        world.say(tale, "social.replied", network=network)
        tale.reached_person = True
        yield lasting(world.dice, 900)
        if happens(world.dice, 0.3):
            # Asked for it in private, he says who he is.
            world.say(tale, "social.posted", network=network, identifiers={"email": person.email})
            world.begin_if_open(lambda: phone.call(world, person, goal), lasting(world.dice, 3600))


def ticket(world: World, person: Person, goal: str) -> Story:
    tale = world.contact(person, "ticket", centre.DESK, counts=False, is_ticket=True)
    topic = centre.GOALS[goal].topic
    world.say(tale, "ticket.opened", topic=topic, identifiers={"email": person.email})
    yield lasting(world.dice, 6 * 3600, 1.0)
    world.say(tale, "ticket.resolved", topic=topic)


def touchpoint(world: World, person: Person, goal: str) -> Story:
    tale = world.contact(person, "touchpoint", centre.SHOP, counts=False)
    place, what = one_of(world.dice, HAPPENED)
    names = {"customer_id": person.customer_id} if happens(world.dice, 0.8) else {"phone": person.phone}
    named = goal if happens(world.dice, 0.2) else None
    world.say(tale, "touchpoint.happened", place=place, what=what, identifiers=names, goal=named)
    yield from ()
