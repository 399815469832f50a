"""Replay runs: marks that travel beside the events, and reports of how far each part has come."""

from msgspec import Struct


class RunMark(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A record of the internal topic of replays, written to every partition: a run is alive, or has ended."""

    run: str
    ended: bool = False
    #: When the newest event of the run was received (ms of the broker) that the writer knows of.
    received_ms: int = 0


class RunClock(Struct, frozen=True, kw_only=True, array_like=True, tag="clock"):
    """What a contact partition tells every customer partition of a run.

    All that was received by `folded_ms` (broker time) is folded. Of the run it has folded events
    received up to `received_ms`, the latest of which happened at `newest_us`. `done`: the run has
    ended and all of it is folded.
    """

    run: str
    partition: int
    folded_ms: int
    received_ms: int = 0
    newest_us: int = 0
    done: bool = False


class RunReport(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far one part of the product has come with a run; the last one of a part holds."""

    run: str
    #: `ingest/<name>`, `contacts/<partition>`, `customers/<partition>` or `live/<name>`.
    part: str
    events: int = 0
    deadlines: int = 0
    done: bool = False
