"""Through the IVR: menus, wrong keys, going astray, the way back to the start, and out."""

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
ASTRAY_AFTER_SLIP = 0.25
HANGS_UP_LISTENING = 0.006
LINE_DROPS = 0.004

#: Why he left the IVR on the way; None: he came through.
Passing = Generator[int, bool, str | None]
Detour = Generator[int, bool, None]


def through_the_menus(world: World, tale: Tale, goal: str) -> Passing:
    """To the last menu of his goal."""
    for node in ("main", *centre.GOALS[goal].nodes):
        if (reason := (yield from _menu(world, tale, node))) is not None:
            return reason
    if happens(world.dice, 0.4):
        yield from _authenticate(world, tale)
    return None


def _menu(world: World, tale: Tale, node: str) -> Passing:
    persona = tale.person.persona
    for tries in range(1, TRIES_MAX + 1):
        _enter(world, tale, node)
        yield lasting(world.dice, LISTENING_S * persona.pace)
        if happens(world.dice, HANGS_UP_LISTENING):
            return "customer_hangup"
        if happens(world.dice, LINE_DROPS):
            return "disconnected"
        if not _is_wrong(world, tale, node):
            world.say(tale, "ivr.option_selected", node=node, option=world.dice.randint(1, 4))
            yield lasting(world.dice, 1.5)
            return None
        reason = one_of(world.dice, ("no_input", "no_match"))
        world.say(tale, "ivr.input_failed", node=node, reason=reason)
        yield lasting(world.dice, 2.0)
        if tries == TRIES_MAX - 1 and happens(world.dice, 0.25):
            return "customer_hangup"
        if node != "main":
            yield from _detour(world, tale, node)
    return None


def _is_wrong(world: World, tale: Tale, node: str) -> bool:
    chance = tale.person.persona.slips
    if world.plan.trouble is not None and world.plan.trouble.hits_node(node, world.now):
        chance = max(chance, LOST_IN_TROUBLE)
    return happens(world.dice, chance)


def _detour(world: World, tale: Tale, node: str) -> Detour:
    """A wrong key leads back to the start, and there perhaps into a menu that is not his."""
    if happens(world.dice, LOST_AFTER_SLIP):
        _enter(world, tale, "main")
        yield lasting(world.dice, LISTENING_S / 2)
        if happens(world.dice, ASTRAY_AFTER_SLIP):
            _enter(world, tale, one_of(world.dice, [other for other in centre.SIDE_MENUS if other != node]))
            yield lasting(world.dice, LISTENING_S)


def _enter(world: World, tale: Tale, node: str) -> None:
    trouble, options = world.plan.trouble, centre.MENUS[node]
    if trouble is not None and trouble.hits_node(node, world.now):
        options = trouble.options
    tale.menus.append(Menu(node, options, world.say(tale, "ivr.menu_entered", node=node, options=options)))


def _authenticate(world: World, tale: Tale) -> Detour:
    """By his number; who mistypes it may try once more."""
    for _ in range(2):
        yield lasting(world.dice, 12 * tale.person.persona.pace)
        succeeded = happens(world.dice, 0.85)
        names = {"customer_id": tale.person.customer_id} if succeeded else {}
        world.say(tale, "ivr.authenticated", method="pin", succeeded=succeeded, identifiers=names)
        yield lasting(world.dice, 1.0)
        if succeeded:
            return
