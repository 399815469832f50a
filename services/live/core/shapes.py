"""What readers see of a contact: its head with readable times, or its bare name while no head has come."""

from collections.abc import Iterable, Mapping
from typing import Any

from schemas.times import rfc3339

Document = dict[str, Any]
_SHOWN = (
    "channel", "goal", "queue", "started_at", "ended_at", "last_event_at", "short_abandons", "is_call_back",
)  # fmt: skip


def contacts_shown(names: Iterable[Mapping[str, str]], heads: Iterable[Document]) -> list[Document]:
    """One entry for every name: those with a head in its order (by start), then the others."""
    bare = {(name["source"], name["subject"]): dict(name) for name in names}
    shown = [contact_shown(head) for head in heads]
    for contact in shown:
        bare.pop((contact["source"], contact["subject"]), None)
    return shown + [{**name, **dict.fromkeys(_SHOWN), "waits": []} for name in bare.values()]


def contact_shown(head: Document) -> Document:
    return {
        **head["contact"],
        **{name: head[name] for name in _SHOWN},
        "waits": [_wait_shown(*wait) for wait in head["waits"]],
    }


def _wait_shown(
    queue: str | None, start_us: int, end_us: int | None = None, how: str | None = None
) -> Document:
    return {
        "queue": queue,
        "started_at": rfc3339(start_us),
        "ended_at": None if end_us is None else rfc3339(end_us),
        "how": how,
    }
