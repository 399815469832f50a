"""Patterns in which `*` is anything, and all else is itself: form fields are called `address[street]`."""

import re
from functools import lru_cache

from services.alerts.core.names import label


def fits(pattern: str, name: str) -> bool:
    """`name`: a label. A pattern without `*` stands for itself, however long."""
    return label(pattern) == name or _compiled(pattern).fullmatch(name) is not None


@lru_cache(1_000)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
