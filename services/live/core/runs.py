"""When a replay run is through the builder, so that its last effects are in the topics."""

from collections.abc import Collection


def is_built(done: Collection[str], partitions: int) -> bool:
    """`done`: the parts of one run that have reported their end. Every partition of both stages must."""
    return all(f"{stage}/{p}" in done for stage in ("contacts", "customers") for p in range(partitions))
