"""What frictions, or a person, do to incidents, and what that leads to: worked out, not written."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from schemas.frictions import Friction, State
from schemas.times import parse_us
from services.alerts.core import grouping, policy, render, routing
from services.alerts.core.grouping import Group, Held, Told
from services.alerts.core.policy import Limits, Silence
from services.alerts.core.reasons import TELLING, Reason
from services.alerts.core.routing import Route


class Member(Struct, frozen=True, kw_only=True):
    """A friction, and the incident that counts it."""

    friction_id: str
    incident_id: str
    at: str
    is_raised: bool


class Entry(Struct, frozen=True, kw_only=True):
    """A line of an incident's history."""

    incident_id: str
    at_us: int
    what: str
    by: str | None = None
    text: str | None = None
    reason: str | None = None
    receiver: str | None = None


class Notice(Struct, frozen=True, kw_only=True):
    """One message to one receiver: at most one of an incident, receiver and occasion ever."""

    incident_id: str
    receiver: str
    occasion: str
    reason: str
    message: dict[str, Any]


class Context(Struct, frozen=True, kw_only=True):
    """What decisions depend on besides the incidents."""

    limits: Limits
    routes: tuple[Route, ...]
    silences: tuple[Silence, ...]
    live_page: str
    tells_closed: bool = False


class Board:
    """Some incidents as they are stored, what is done to them, and what that leads to."""

    def __init__(
        self,
        context: Context,
        held: Iterable[Held] = (),
        members: Iterable[Member] = (),
        ordinals: dict[Group, int] | None = None,
    ) -> None:
        self._context = context
        self._held = {one.incident.incident_id: one for one in held}
        self._open = {one.group: one.incident.incident_id for one in self._held.values() if not one.is_closed}
        self._members = {member.friction_id: member for member in members}
        #: How many incidents each group has had.
        self._ordinals = dict(ordinals or {})
        self.changed: dict[str, Held] = {}
        self.changed_members: dict[str, Member] = {}
        self.history: list[Entry] = []
        self.notices: list[Notice] = []
        self.reasons: Counter[tuple[str, str]] = Counter()

    @property
    def only(self) -> Held:
        """The one incident of a board of one."""
        (held,) = self._held.values()
        return held

    def take(self, friction: Friction, now_us: int, *, is_repeat: bool = False) -> Reason:
        """One record of the topic, in its order. A repeat holds only where nothing else is known of it."""
        is_over = is_repeat and friction.friction_id in self._members
        reason = Reason.REPEAT if is_over else self._take(friction, now_us)
        self.reasons[reason, friction.kind] += 1
        return reason

    def close_quiet(self, now_us: int) -> None:
        """Ends all that nothing has been added to for the quiet period."""
        quiet_us = self._context.limits.quiet_us
        for incident_id in list(self._open.values()):
            if grouping.is_quiet(self._held[incident_id], now_us, quiet_us):
                self._end(grouping.ended_by_silence(self._held[incident_id], quiet_us), now_us)

    def tell(self, held: Held, reason: Reason, now_us: int, note: str = "") -> None:
        """Writes a notice to every receiver that wants it, or into the history why there is none."""
        if reason not in TELLING:
            self._say_nothing(held, reason, now_us)
            return
        incident = held.incident
        receivers = self._receivers(held, reason)
        tellings = held.tellings + 1
        occasion = reason.value if reason is Reason.FIRST else f"{reason.value}-{tellings}"
        link = render.link_of(self._context.live_page, incident.incident_id)
        message = render.message(incident, reason, occasion, link, note)
        for receiver in receivers:
            notice = Notice(
                incident_id=incident.incident_id,
                receiver=receiver,
                occasion=occasion,
                reason=reason,
                message=message,
            )
            self.notices.append(notice)
            self.note(incident.incident_id, now_us, "notified", reason=reason, receiver=receiver)
        heard = (*held.heard, *(receiver for receiver in receivers if receiver not in held.heard))
        told = Told(now_us, incident.severity, incident.frictions)
        if reason is Reason.FIRST and held.told is not None:
            # Only some have heard it just now; for the others nothing has been said.
            told = held.told
        self.put(replace(held, told=told, heard=heard, tellings=tellings, unsaid=None))

    def put(self, held: Held) -> None:
        incident_id = held.incident.incident_id
        self._held[incident_id] = self.changed[incident_id] = held
        if not held.is_closed:
            self._open[held.group] = incident_id
        elif self._open.get(held.group) == incident_id:
            del self._open[held.group]

    def note(self, incident_id: str, at_us: int, what: str, **more: Any) -> None:
        self.history.append(Entry(incident_id=incident_id, at_us=at_us, what=what, **more))

    def _take(self, friction: Friction, now_us: int) -> Reason:
        member = self._members.get(friction.friction_id)
        if friction.state is State.RETRACTED:
            return self._leave(member, now_us)
        if member is not None and member.is_raised:
            self._say_again(self._held[member.incident_id], friction, now_us)
            return Reason.KNOWN
        detected_us = parse_us(friction.detected_at)
        refused = policy.refusal(friction, parse_us(friction.at), detected_us, self._context.limits)
        return refused or self._enter(friction, detected_us, now_us)

    def _enter(self, friction: Friction, moment_us: int, now_us: int) -> Reason:
        held = self._current(grouping.group_of(friction), moment_us, now_us)
        reason = Reason.OPENED if held is None else Reason.JOINED
        if held is None:
            group = grouping.group_of(friction)
            self._ordinals[group] = ordinal = self._ordinals.get(group, 0) + 1
            held = grouping.opened_by(friction, ordinal, moment_us)
            self.note(held.incident.incident_id, moment_us, "opened", text=friction.explanation)
        else:
            held = grouping.joined_by(held, friction, moment_us)
        self.put(held)
        self._count(friction.friction_id, held.incident.incident_id, friction.at, is_raised=True)
        self._tell_if_due(held, now_us)
        return reason

    def _say_again(self, held: Held, friction: Friction, now_us: int) -> None:
        """What is counted already is said again: it may be graver now."""
        graver = grouping.made_graver(held, friction)
        if graver is not held and not held.is_closed:
            self.put(graver)
            self._tell_if_due(graver, now_us)

    def _tell_if_due(self, held: Held, now_us: int) -> None:
        context, is_news = self._context, bool(self._receivers(held, Reason.FIRST))
        why = policy.notify_reason(held, context.silences, now_us, context.limits, is_news=is_news)
        self.tell(held, why, now_us)

    def _current(self, group: Group, moment_us: int, now_us: int) -> Held | None:
        """The open incident of a group, unless its silence has ended it before this moment."""
        held = self._held[self._open[group]] if group in self._open else None
        quiet_us = self._context.limits.quiet_us
        if held is not None and grouping.is_quiet(held, moment_us, quiet_us):
            self._end(grouping.ended_by_silence(held, quiet_us), now_us)
            return None
        return held

    def _leave(self, member: Member | None, now_us: int) -> Reason:
        if member is None or not member.is_raised:
            return Reason.UNCOUNTED
        before = self._held[member.incident_id]
        after = grouping.left_by_one(before, now_us)
        self._count(member.friction_id, member.incident_id, member.at, is_raised=False)
        if after.is_closed and not before.is_closed:
            self._end(after, now_us)
        else:
            self.put(after)
        return Reason.RETRACTED

    def _end(self, held: Held, now_us: int) -> None:
        incident = held.incident
        self.put(held)
        self.note(incident.incident_id, now_us, "closed", reason=incident.closed_as)
        self.tell_end(held, now_us)

    def tell_end(self, held: Held, now_us: int) -> None:
        if self._receivers(held, Reason.CLOSED):
            self.tell(held, Reason.CLOSED, now_us)

    def _receivers(self, held: Held, reason: Reason) -> list[str]:
        """The beginning is for who has not heard of it, the end for who has, and wants to."""
        context = self._context
        wanting = routing.receivers_of(held.incident, context.routes)
        if reason is Reason.FIRST:
            return [receiver for receiver in wanting if receiver not in held.heard]
        if reason is Reason.CLOSED:
            listing = {route.receiver for route in context.routes if route.hears_ends or context.tells_closed}
            return [receiver for receiver in held.heard if receiver in listing]
        return wanting

    def _say_nothing(self, held: Held, reason: Reason, now_us: int) -> None:
        """Once, until it changes: a busy incident must not drown its own history."""
        if reason is not Reason.TOLD and held.unsaid != reason:
            self.note(held.incident.incident_id, now_us, "kept_quiet", reason=reason)
            self.put(replace(held, unsaid=reason))

    def _count(self, friction_id: str, incident_id: str, at: str, *, is_raised: bool) -> None:
        member = Member(friction_id=friction_id, incident_id=incident_id, at=at, is_raised=is_raised)
        self._members[friction_id] = self.changed_members[friction_id] = member
