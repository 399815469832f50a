"""What follows a conversation: surveys, notes, tickets, links of identifiers, another attempt."""

from collections.abc import Callable

from services.simulator.core import centre
from services.simulator.core.dice import MINUTE, happens, lasting, one_of
from services.simulator.core.tales import Tale
from services.simulator.core.world import Story, World

NOTES = (
    "Asked for a call back.",
    "Sent the form by mail.",
    "Was passed on several times.",
    "Explained the bill.",
)


def tries_again(world: World, tale: Tale, again: Callable[[], Story], eagerness: float) -> None:
    """Soon, if at all: who was not served comes back within minutes or a few hours."""
    if happens(world.dice, tale.person.persona.insists * eagerness):
        pause = lasting(world.dice, 9 * 60, 1.0)
        world.begin_if_open(again, max(MINUTE, pause))


def a_call(world: World, tale: Tale, goal: str, resolved: bool) -> None:
    """By the centre's own habits, after a call that an agent answered."""
    if happens(world.dice, 0.2):
        world.begin(_note(world, tale), lasting(world.dice, 20.0))
    if happens(world.dice, 0.15):
        world.begin_if_open(lambda: survey(world, tale, resolved), lasting(world.dice, 15 * 60, 0.8))
    if not resolved and happens(world.dice, 0.3):
        world.begin_if_open(lambda: ticket(world, tale, goal), lasting(world.dice, 60.0))
    if happens(world.dice, 0.1):
        person = tale.person
        names = {"customer_id": person.customer_id, "phone": person.phone, "email": person.email}
        world.say_of_customer("customer.identified", identifiers=names)
    elif happens(world.dice, 0.05):
        names = {"customer_id": tale.person.customer_id}
        persona = tale.person.persona.name
        world.say_of_customer("customer.updated", identifiers=names, persona=persona, segment="consumer")


def survey(world: World, tale: Tale, resolved: bool) -> Story:
    mood = tale.person.persona.mood + (0.5 if resolved else -0.6) - 0.3 * len(tale.transfers)
    level = max(0.0, min(1.0, 0.5 + mood / 2 + (world.dice.random() - 0.5) * 0.4))
    metric = one_of(world.dice, ("csat", "nps", "ces"))
    low, high = {"csat": (1, 5), "nps": (0, 10), "ces": (1, 7)}[metric]
    scale = {"scale_min": low, "scale_max": high}
    score = low + round(level * (high - low))
    world.remark(tale, "survey.answered", centre.SURVEY, metric=metric, score=score, scope="contact", **scale)
    yield from ()


def ticket(world: World, about: Tale, goal: str) -> Story:
    """A ticket of its own at the help desk, worked on over days."""
    topic = centre.GOALS[goal].topic
    tale = world.contact(about.person, "ticket", centre.DESK, counts=False, is_ticket=True)
    names = {"customer_id": about.person.customer_id, "email": about.person.email}
    world.say(tale, "ticket.opened", topic=topic, identifiers=names)
    for verb in ("updated", "resolved", *(["reopened", "resolved"] if happens(world.dice, 0.08) else [])):
        yield lasting(world.dice, 5 * 3600, 1.0)
        world.say(tale, f"ticket.{verb}", topic=topic)


def consent(world: World, names: dict[str, str]) -> None:
    channel = one_of(world.dice, ("email", "sms"))
    granted = happens(world.dice, 0.7)
    world.say_of_customer("customer.consent_changed", identifiers=names, channel=channel, granted=granted)


def _note(world: World, tale: Tale) -> Story:
    agent = f"{tale.queue}-{world.dice.randint(1, 40)}"
    text = one_of(world.dice, NOTES)
    world.remark(tale, "agent.noted", centre.DESK, text=text, agent=agent)
    yield from ()
