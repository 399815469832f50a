"""Platforms' web-hooks: which there are, by the settings, and what becomes of a delivery."""

from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from schemas.codec import Reason
from schemas.quarantine import KIND_MAX, ORIGINAL_BYTES_MAX, Quarantined
from schemas.times import parse_us
from services.ingest.core.judging import Bad
from services.ingest.core.keeping import original_of
from services.ingest.core.modes import Sent
from services.ingest.core.platforms.connections import Hook, Hooks, HooksError, hooks_of
from services.ingest.core.platforms.delivery import Delivery, Unreadable
from services.ingest.core.platforms.platform import Answer, Left, Translation, translate_all
from services.ingest.core.problems import Code, Refusal
from services.settings import PREFIX, Settings, SettingsError

if TYPE_CHECKING:
    from services.ingest.door import Door

MAPPINGS = "services.ingest.core.platforms"


def load_hooks(settings: Settings) -> Hooks:
    """The connections of the settings; mappings that are named as files are read from beside theirs."""
    value = settings.hooks.get_secret_value().strip()
    try:
        document, folder = _document(value)
        return hooks_of(_with_mappings(document, folder), shipped_mappings(), settings.is_loopback)
    except (OSError, YAMLError, HooksError) as error:
        raise SettingsError(f"{PREFIX}HOOKS: {error}") from None


def _document(value: str) -> tuple[Any, Path]:
    """A list as it stands, or in the file whose path it is."""
    if not value or value.startswith(("[", "- ", "{")) or "\n" in value:
        return _yaml(value), Path()
    path = Path(value)
    return _yaml(path.read_text(encoding="utf-8")), path.parent


def _yaml(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def _with_mappings(document: Any, folder: Path) -> Any:
    for connection in document if isinstance(document, list) else []:
        if isinstance(connection, dict) and isinstance(connection.get("mapping"), str):
            text = (folder / connection["mapping"]).read_text(encoding="utf-8")
            connection["mapping"] = _yaml(text)
    return document


@cache
def shipped_mappings() -> dict[str, Any]:
    """Platform -> the mapping that comes with the product."""
    files = (resources.files(MAPPINGS) / "mappings").iterdir()
    return {
        file.name.removesuffix(".yaml"): _yaml(file.read_text(encoding="utf-8"))
        for file in files
        if file.name.endswith(".yaml")
    }


async def take(door: "Door", hook: Hook, delivery: Delivery) -> Answer:
    """Checks, translates and keeps a delivery; answers what its platform expects once Kafka has all of it."""
    label, hooks = hook.connection.label, door.metrics.hooks
    if why := hook.refusal(delivery):
        raise Refusal(Code.BAD_SIGNATURE, f"{label}: {why}", events=1)
    try:
        if greeting := hook.platform.greet(delivery):
            hooks.labels(label, "greeted", "").inc()
            return greeting
        translation = translate_all(hook.platform, hook.connection, delivery)
    except Unreadable as error:
        raise Refusal(Reason.NOT_JSON, f"{label}: {error.detail}", events=1) from None
    received_ms = delivery.received_us // 1000
    verdict = door.judge(Sent(translation.events, is_list=True), received_ms)
    verdict.bad += _bad(translation, hook)
    await door.keep(verdict, received_ms)
    hooks.labels(label, "accepted", "").inc(len(verdict.records) + verdict.duplicate)
    for bad in verdict.bad:
        hooks.labels(label, "quarantined", bad.reason).inc()
    return hook.platform.answer


def translated_again(hooks: Hooks, kept: Quarantined) -> list[bytes]:
    """The events of a payload that was set aside; none where still none can be made of it."""
    platform, _, name = (kept.platform or "").partition("/")
    hook, original = hooks.find(platform, name), original_of(kept)
    if hook is None or original is None:
        return []
    headers = {"content-type": kept.content_type}
    # What says no time of its own happened when it came, and not now.
    delivery = Delivery(headers, original, parse_us(kept.received_at))
    try:
        translation = translate_all(hook.platform, hook.connection, delivery)
    except Unreadable:
        return []
    return translation.events


def _bad(translation: Translation, hook: Hook) -> Iterator[Bad]:
    """What no event could be made of. Raises `Refusal` where it could not be kept whole, either."""
    for place, left in enumerate(translation.left, start=len(translation.events)):
        if len(left.item.original) > ORIGINAL_BYTES_MAX:
            what = f"{hook.connection.label}, {left.kind[:KIND_MAX]}"
            detail = f"{what}: no event can be made of it, and {ORIGINAL_BYTES_MAX} bytes could be kept"
            raise Refusal(Reason.TOO_LARGE, detail, events=1)
        yield Bad(
            index=place,
            original=left.item.original,
            reason=_reason(left),
            detail=f"{left.kind}: {left.detail}",
            content_type=left.item.media_type,
            tenant=hook.connection.tenant,
            platform=hook.connection.label,
            kind=left.kind,
        )


def _reason(left: Left) -> Reason:
    return Reason.SET_ASIDE if left.is_set_aside else Reason.UNTRANSLATABLE
