"""What a tenant lets identifiers do: limits, blocked values, the region of national phone numbers."""

from msgspec import Struct, field

#: What systems write when they know nobody; compared without case, for every type.
BLOCKED = frozenset(
    {"", "null", "(null)", "none", "nil", "nan", "n/a", "anonymous", "unknown", "undefined", "0",
     "0000000000", "[object object]", "00000000-0000-0000-0000-000000000000"}
)  # fmt: skip
#: How many distinct stronger identifiers one may be named with; with more it links nobody.
LIMITS = {"email": 3, "phone": 5, "visitor_id": 5, "device_id": 5}


class Policy(Struct, frozen=True, kw_only=True):
    """`own`: the company's own identifiers (its call centre's numbers), by type, as they compare."""

    phone_region: str | None = None
    #: Of tenants that have another.
    phone_regions: dict[str, str] = {}
    limits: dict[str, int] = field(default_factory=LIMITS.copy)
    blocked: frozenset[str] = BLOCKED
    own: dict[str, frozenset[str]] = {}

    def region(self, tenant: str) -> str | None:
        return self.phone_regions.get(tenant, self.phone_region)


DEFAULT = Policy()
