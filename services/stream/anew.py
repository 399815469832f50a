"""Inputs whose log begins again: their topic was made anew, or lost its end with a broker."""

from collections.abc import Mapping

import structlog
from faust.types.tuples import TP

from services.stream.task import PartitionTask

log = structlog.get_logger()


def begin_again(task: PartitionTask, ends: Mapping[TP, int]) -> None:
    """Forgets how far a topic was folded where its log ends before that.

    The client goes on at the log's beginning then; what it brings would be taken for folded long ago. What
    was folded already changes nothing: ids tell it.
    """
    position = task.partition.position
    for topic, folded in list(task.folded.items()):
        end = ends.get(TP(topic, task.partition.number))
        if end is None or folded <= end:
            continue
        log.error(
            "a log ends before what was folded of it: its topic was made anew, or has lost its end;"
            " it is folded again from its beginning",
            topic=topic, partition=task.partition.number, folded=folded, end=end,
        )  # fmt: skip
        for known in (position.offsets, position.tallies, task.folded):
            known.pop(topic, None)
