"""Patterns in which `*` is anything, and all else is itself: form fields are called `address[street]`."""

import re
from fnmatch import fnmatchcase

from services.alerts.core.names import label

#: What else is special there.
_SPECIAL = re.compile(r"([\[?])")


def fits(pattern: str, name: str) -> bool:
    """`name`: a label. A pattern without `*` stands for itself, however long."""
    return label(pattern) == name or fnmatchcase(name, _SPECIAL.sub(r"[\1]", pattern))
