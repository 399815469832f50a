"""Names with wildcards, as rules give them: `billing*`."""

from fnmatch import fnmatchcase

#: Any of these; none: whatever it is.
Globs = tuple[str, ...]


def fits(globs: Globs, name: str | None) -> bool:
    """What is not known fits no condition."""
    return not globs or (name is not None and any(fnmatchcase(name, glob) for glob in globs))
