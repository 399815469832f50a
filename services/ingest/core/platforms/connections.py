"""Which platforms may post, and for whom: the document of `JOURNEYLINE_HOOKS`, checked."""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Struct

from services.ingest.core.platforms import PLATFORMS
from services.ingest.core.platforms.delivery import Connection, Delivery
from services.ingest.core.platforms.mapping import MappingError, mapped
from services.ingest.core.platforms.platform import Platform


class HooksError(Exception):
    """The document is wrong; the text says which entry, and what to do."""


class Hook(Struct, frozen=True):
    """A connection and the platform that it is to."""

    connection: Connection
    platform: Platform

    def refusal(self, delivery: Delivery) -> str | None:
        """Why the delivery is not taken; None: it is genuine."""
        if self.connection.unsigned:
            return None
        return self.platform.check(delivery, self.connection)


class Hooks:
    """All connections of this installation."""

    def __init__(self, hooks: list[Hook]) -> None:
        self._hooks = {hook.connection.label: hook for hook in hooks}

    def find(self, platform: str, name: str = "") -> Hook | None:
        """By its names; a platform's only connection answers without its own name too."""
        found = self._hooks.get(f"{platform}/{name}" if name else platform)
        if found is None and not name:
            listed = self.of(platform)
            found = listed[0] if len(listed) == 1 else None
        return found

    def of(self, *platforms: str) -> list[Hook]:
        return [hook for hook in self._hooks.values() if hook.connection.platform in platforms]

    def __iter__(self) -> Iterator[Hook]:
        return iter(self._hooks.values())


def hooks_of(document: object, shipped: Mapping[str, object], is_loopback: bool) -> Hooks:
    """`shipped`: the mappings that come with the product, by platform."""
    try:
        connections = msgspec.convert([] if document is None else document, list[Connection])
    except msgspec.ValidationError as error:
        raise HooksError(f"a list of connections is wanted: {error}") from None
    hooks = [_hook(connection, shipped, is_loopback) for connection in connections]
    labels = [hook.connection.label for hook in hooks]
    for label in labels:
        if labels.count(label) > 1:
            raise HooksError(f"{label} is there twice: give each connection of a platform its own `name`")
    return Hooks(hooks)


def _hook(connection: Connection, shipped: Mapping[str, object], is_loopback: bool) -> Hook:
    label = connection.label
    platform = _platform(connection, shipped)
    if not all(connection.secrets):
        raise HooksError(f"{label}: a secret is empty")
    if not connection.secrets and not connection.unsigned:
        raise HooksError(f"{label}: `secrets` are wanted: what the platform signs its deliveries with")
    if connection.unsigned and not (is_loopback or (platform.is_public and connection.app_ids)):
        raise HooksError(
            f"{label}: `unsigned` is for loopback, and for browsers' events with their `app_ids`"
        )
    for name, why in platform.needs.items():
        if not connection.unsigned and not getattr(connection, name):
            raise HooksError(f"{label}: `{name}` is wanted. {why}")
    _check_zone(connection)
    return Hook(connection, platform)


def _check_zone(connection: Connection) -> None:
    zone = connection.timezone
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise HooksError(f"{connection.label}: {zone!r} is no time zone like Europe/Rome") from None


def _platform(connection: Connection, shipped: Mapping[str, object]) -> Platform:
    name = connection.platform
    mapping = connection.mapping if connection.mapping is not None else shipped.get(name)
    if mapping is not None:
        try:
            return mapped(name, mapping)
        except MappingError as error:
            raise HooksError(f"{connection.label}: {error}") from None
    if name not in PLATFORMS:
        known = ", ".join(sorted({*PLATFORMS, *shipped}))
        raise HooksError(f"{name!r} is no platform we know ({known}): give it a `mapping`")
    return PLATFORMS[name]
