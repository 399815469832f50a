"""How many examples a property is tried on: by its own need, and by who asks."""

from hypothesis import settings

#: What the profile gives a property that asks for none: 100 is the usual.
_USUAL = settings().max_examples


def examples(number: int = 100) -> int:
    """So many usually, fewer in the inner loop (`make check`), in a long run as many as its profile says."""
    return max(1, min(number * _USUAL // 100, max(number, _USUAL)))
