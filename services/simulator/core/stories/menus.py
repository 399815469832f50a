"""Through the IVR: menus, wrong keys, the way back to the start, and out."""

from collections.abc import Generator

from services.simulator.core import centre
from services.simulator.core.dice import happens, lasting, one_of
from services.simulator.core.tales import Menu, Tale
from services.simulator.core.world import World

#: Entries of one menu after which even the patient press 0.
TRIES_MAX = 4
LISTENING_S = 8.0
#: In a menu that was rebuilt badly: of those who come there, so many choose wrongly each time.
LOST_IN_TROUBLE = 0.75
LOST_AFTER_SLIP = 0.3

Passing = Generator[int, bool, bool]


def through_the_menus(world: World, tale: Tale, goal: str) -> Passing:
    """To the menu of his goal; False when he hung up on the way."""
    for node in ("main", centre.GOALS[goal].node):
        if not (yield from _menu(world, tale, node)):
            return False
    if happens(world.dice, 0.4):
        yield from _authenticate(world, tale)
    return True


def _menu(world: World, tale: Tale, node: str) -> Passing:
    persona = tale.person.persona
    for tries in range(1, TRIES_MAX + 1):
        _enter(world, tale, node)
        yield lasting(world.dice, LISTENING_S * persona.pace)
        if not _is_wrong(world, tale, node):
            world.say(tale, "ivr.option_selected", node=node, option=world.dice.randint(1, 4))
            yield lasting(world.dice, 1.5)
            return True
        reason = one_of(world.dice, ("no_input", "no_match"))
        world.say(tale, "ivr.input_failed", node=node, reason=reason)
        yield lasting(world.dice, 2.0)
        if tries == TRIES_MAX - 1 and happens(world.dice, 0.25):
            return False
        if node != "main" and happens(world.dice, LOST_AFTER_SLIP):
            yield from _back_to_main(world, tale)
    return True


def _is_wrong(world: World, tale: Tale, node: str) -> bool:
    chance = tale.person.persona.slips
    if world.plan.trouble is not None and world.plan.trouble.hits_node(node, world.now):
        chance = max(chance, LOST_IN_TROUBLE)
    return happens(world.dice, chance)


def _back_to_main(world: World, tale: Tale) -> Generator[int, bool, None]:
    _enter(world, tale, "main")
    yield lasting(world.dice, LISTENING_S / 2)


def _enter(world: World, tale: Tale, node: str) -> None:
    trouble, options = world.plan.trouble, centre.MENUS[node]
    if trouble is not None and trouble.hits_node(node, world.now):
        options = trouble.options
    tale.menus.append(Menu(node, options, world.say(tale, "ivr.menu_entered", node=node, options=options)))


def _authenticate(world: World, tale: Tale) -> Generator[int, bool, None]:
    yield lasting(world.dice, 12 * tale.person.persona.pace)
    succeeded = happens(world.dice, 0.85)
    names = {"customer_id": tale.person.customer_id} if succeeded else {}
    world.say(tale, "ivr.authenticated", method="pin", succeeded=succeeded, identifiers=names)
    yield lasting(world.dice, 1.0)
