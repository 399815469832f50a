"""What a tenant lets identifiers do: limits, blocked values, the region of national phone numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

import msgspec
from msgspec import Struct

from services.journey_builder.core.globs import Globs, fits

#: What systems write when they know nobody; compared without case, for every type.
BLOCKED = frozenset(
    {"", "null", "(null)", "none", "nil", "nan", "n/a", "anonymous", "unknown", "undefined", "0",
     "0000000000", "[object object]", "00000000-0000-0000-0000-000000000000"}
)  # fmt: skip
#: How many distinct stronger identifiers one may be named with; with more it links nobody.
LIMITS = {"email": 3, "phone": 5, "visitor_id": 5, "device_id": 5}
#: Tenants whose terms are kept at hand. Their names come from events: any number.
TENANTS_MAX = 4096

#: By type, as they compare.
Own = Mapping[str, frozenset[str]]


class Terms(NamedTuple):
    """What holds for one tenant. `region`: of phone numbers without a code."""

    region: str | None
    limits: Mapping[str, int]
    blocked: frozenset[str]
    own: Own

    def blocks(self, kind: str, value: str) -> bool:
        """Whether it counts as absent. The value as it compares."""
        return value.lower() in self.blocked or value in self.own.get(kind, ())


class TenantPolicy(Struct, frozen=True, kw_only=True):
    """What is otherwise for some tenants: limits (None: none) instead of those of all, values beside them."""

    tenant: Globs
    limits: dict[str, int | None] = {}
    blocked: frozenset[str] = frozenset()
    own: dict[str, frozenset[str]] = {}


@dataclass(frozen=True, kw_only=True)
class Policy:
    """`own`: the company's own identifiers (its call centre's numbers), by type, as they compare.

    `overrides`: in the file's order, later ones win.
    """

    phone_region: str | None = None
    #: Of tenants that have another.
    phone_regions: dict[str, str] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=LIMITS.copy)
    blocked: frozenset[str] = BLOCKED
    own: dict[str, frozenset[str]] = field(default_factory=dict)
    overrides: tuple[TenantPolicy, ...] = ()

    #: Every event asks: what was found once is looked up.
    _found: dict[str, Terms] = field(default_factory=dict, init=False, compare=False, repr=False)

    def of(self, tenant: str) -> Terms:
        terms = self._found.get(tenant)
        if terms is None:
            if len(self._found) >= TENANTS_MAX:
                self._found.clear()
            terms = self._found[tenant] = self._find(tenant)
        return terms

    @cached_property
    def measure(self) -> bytes:
        """All that answers hang on, in 16 bytes: answers found by other terms must be found anew."""
        said = [
            [
                list(tenant),
                limits,
                sorted(blocked),
                sorted((kind, sorted(values)) for kind, values in own.items()),
            ]
            for tenant, limits, blocked, own in (
                ((), self.limits, self.blocked, self.own),
                *((one.tenant, one.limits, one.blocked, one.own) for one in self.overrides),
            )
        ]
        return blake2b(msgspec.json.encode(said, order="sorted"), digest_size=16).digest()

    def _find(self, tenant: str) -> Terms:
        mine = [one for one in self.overrides if fits(one.tenant, tenant)]
        limits: dict[str, int | None] = dict(self.limits)
        own = dict(self.own)
        for one in mine:
            limits |= one.limits
            own |= {kind: own.get(kind, frozenset()) | values for kind, values in one.own.items()}
        return Terms(
            self.phone_regions.get(tenant, self.phone_region),
            {kind: limit for kind, limit in limits.items() if limit is not None},
            self.blocked.union(*(one.blocked for one in mine)),
            own,
        )


DEFAULT = Policy()
