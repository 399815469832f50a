"""Inputs that are not what they were: made anew, without their end, or without what was not folded yet."""

from collections.abc import Mapping

import structlog
from faust.types.tuples import TP

from services.stream.task import PartitionTask

log = structlog.get_logger()

#: A broker that has just taken over may not know yet how far the log goes.
LOOK_AGAIN_SECONDS = 3.0


def topics_beyond(task: PartitionTask, ends: Mapping[TP, int]) -> list[str]:
    """Those that were folded farther than their logs go."""
    number = task.partition.number
    return [topic for topic, folded in task.folded.items() if folded > ends.get(TP(topic, number), folded)]


def begin_again(task: PartitionTask, ends: Mapping[TP, int]) -> None:
    """Forgets how far a topic was folded where its log ends before that.

    The client goes on at the log's beginning then; what it brings would be taken for folded long ago. What
    was folded already changes nothing: ids tell it.
    """
    position = task.partition.position
    for topic in topics_beyond(task, ends):
        log.error(
            "a log ends before what was folded of it: its topic was made anew, or has lost its end;"
            " it is folded again from its beginning",
            topic=topic, partition=task.partition.number, folded=task.folded[topic],
            end=ends[TP(topic, task.partition.number)],
        )  # fmt: skip
        position.forget(topic)
        task.folded.pop(topic, None)


def note_expired(task: PartitionTask, firsts: Mapping[TP, int]) -> None:
    """Counts what the topics had deleted before it was folded, and says so: it is lost here.

    Of a topic that nothing was ever folded of, nothing is missed: its past was somebody else's.
    """
    position, number = task.partition.position, task.partition.number
    for topic, folded in list(position.offsets.items()):
        if lost := position.expire(topic, firsts.get(TP(topic, number), folded)):
            task.folded[topic] = position.offsets[topic]
            log.error(
                "records were deleted by their topic's retention, or by hand, before they were folded",
                topic=topic, partition=number, lost=lost, from_offset=folded, to_offset=folded + lost - 1,
            )  # fmt: skip
