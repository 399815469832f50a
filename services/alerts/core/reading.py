"""A record of topic `frictions` to a friction, or to nothing where it is none."""

import msgspec
from msgspec.structs import replace

from schemas.frictions import Friction
from schemas.times import LATEST_US, parse_us
from services.alerts.core.names import label

_FRICTION = msgspec.json.Decoder(Friction)


def friction_of(value: bytes | None) -> Friction | None:
    """None: a tombstone, or what a foreign producer wrote; it stops nothing.

    The names of what is returned are bounded.
    """
    if value is None:
        return None
    try:
        friction = _FRICTION.decode(value)
        moments = parse_us(friction.at), parse_us(friction.detected_at)
    except ValueError:  # msgspec's errors are ValueErrors, too
        return None
    if not all(0 <= moment <= LATEST_US for moment in moments):  # an incident of then could not be written
        return None
    return replace(
        friction,
        friction_id=label(friction.friction_id),
        tenant=label(friction.tenant),
        touchpoint=label(friction.touchpoint),
    )
