"""The whole dataflow as one table: every topic, who writes and reads it, how it is keyed and kept."""

from enum import StrEnum

from msgspec import Struct

from schemas.data import CHANNELS

PREFIX = "journeyline."
DAY_MS = 24 * 3600 * 1000
EVENTS_RETENTION_MS = 42 * DAY_MS
RECORD_BYTES_MAX = 1024 * 1024
#: The consumer group of the journey builder: what it has committed is folded.
BUILD_GROUP = "journeyline-build"


class Part(StrEnum):
    """The parts of the product that write and read topics."""

    INGEST = "ingest"
    CONTACTS = "journey_builder contacts"
    IDENTITIES = "journey_builder identities"
    CUSTOMERS = "journey_builder customers"
    LIVE = "live"
    ALERTS = "alerts"


class Topic(Struct, frozen=True, kw_only=True):
    """One topic. `partitions` None: as many as the events have, so that stages share partition numbers."""

    name: str
    key: str
    model: str
    written_by: tuple[Part, ...]
    read_by: tuple[Part, ...]
    partitions: int | None = None
    is_compacted: bool = False
    retention_ms: int | None = None
    #: Time stamps by the broker's clock, which deadlines run on.
    is_broker_timed: bool = False
    is_public: bool = False

    @property
    def configs(self) -> dict[str, str]:
        """The broker's settings for it."""
        configs = {
            "cleanup.policy": "compact" if self.is_compacted else "delete",
            "max.message.bytes": str(RECORD_BYTES_MAX),
        }
        if self.is_broker_timed:
            configs["message.timestamp.type"] = "LogAppendTime"
        if self.is_compacted:
            # A late record of a worker that had lost its partition must not survive alone.
            configs["min.compaction.lag.ms"] = str(DAY_MS)
            configs["delete.retention.ms"] = str(2 * DAY_MS)
        else:
            configs["retention.ms"] = str(self.retention_ms or EVENTS_RETENTION_MS)
        return configs


def _events(channel: str) -> Topic:
    return Topic(
        name=f"events.{channel}",
        key="source U+001F subject of the contact",
        model="CloudEvent",
        written_by=(Part.INGEST, Part.CONTACTS, *((Part.LIVE,) if channel == "customer" else ())),
        read_by=(Part.CONTACTS, Part.LIVE),
        is_broker_timed=True,
        is_public=True,
    )


EVENTS = {channel: _events(channel) for channel in CHANNELS}
QUARANTINED = Topic(
    name="events.quarantined",
    key="id",
    model="Quarantined",
    written_by=(Part.INGEST, Part.CONTACTS),
    read_by=(Part.INGEST,),
    partitions=1,
    is_public=True,
)
REPLAYS = Topic(
    name=PREFIX + "replays",
    key="run",
    model="RunMark",
    written_by=(Part.INGEST, Part.CONTACTS),
    read_by=(Part.CONTACTS,),
    is_broker_timed=True,
)
CONTACT_WAKES = Topic(
    name=PREFIX + "contact-wakes",
    key="none",
    model="Wake",
    written_by=(Part.CONTACTS,),
    read_by=(Part.CONTACTS,),
    retention_ms=7 * DAY_MS,
    is_broker_timed=True,
)
CLAIMS = Topic(
    name=PREFIX + "claims",
    key="none; all in the first partition: decisions have one order",
    model="Claim | Decision | Trial | RunClock",
    written_by=(Part.CONTACTS, Part.LIVE),
    read_by=(Part.IDENTITIES,),
    is_broker_timed=True,
)
IDENTITY_WAKES = Topic(
    name=PREFIX + "identity-wakes",
    key="none",
    model="Wake",
    written_by=(Part.IDENTITIES,),
    read_by=(Part.IDENTITIES,),
    retention_ms=7 * DAY_MS,
    is_broker_timed=True,
)
IDENTITY_JOURNAL = Topic(
    name=PREFIX + "identity-journal",
    key="number of the entry, or trial",
    model="JournalEntry | TrialAnswer",
    written_by=(Part.IDENTITIES,),
    read_by=(Part.LIVE,),
    partitions=1,
    is_compacted=True,
)
SUMMARIES = Topic(
    name=PREFIX + "summaries",
    key="customer key",
    model="Summary | Alias | RunClock",
    written_by=(Part.CONTACTS, Part.IDENTITIES, Part.CUSTOMERS),
    read_by=(Part.CUSTOMERS,),
    is_broker_timed=True,
)
CUSTOMER_WAKES = Topic(
    name=PREFIX + "customer-wakes",
    key="none",
    model="Wake",
    written_by=(Part.CUSTOMERS,),
    read_by=(Part.CUSTOMERS,),
    retention_ms=7 * DAY_MS,
    is_broker_timed=True,
)
CONTACTS_CHANGELOG = Topic(
    name=PREFIX + "contacts-changelog",
    key="state key",
    model="state of the contact stage",
    written_by=(Part.CONTACTS,),
    read_by=(Part.CONTACTS,),
    is_compacted=True,
)
IDENTITIES_CHANGELOG = Topic(
    name=PREFIX + "identities-changelog",
    key="state key",
    model="state of the identity stage",
    written_by=(Part.IDENTITIES,),
    read_by=(Part.IDENTITIES,),
    is_compacted=True,
)
CUSTOMERS_CHANGELOG = Topic(
    name=PREFIX + "customers-changelog",
    key="state key",
    model="state of the customer stage",
    written_by=(Part.CUSTOMERS,),
    read_by=(Part.CUSTOMERS,),
    is_compacted=True,
)
JOURNEYS = Topic(
    name="journeys",
    key="journey id",
    model="Journey",
    written_by=(Part.CUSTOMERS,),
    read_by=(Part.LIVE,),
    is_compacted=True,
    is_public=True,
)
FRICTIONS = Topic(
    name="frictions",
    key="friction id",
    model="Friction",
    written_by=(Part.CONTACTS, Part.CUSTOMERS),
    read_by=(Part.LIVE, Part.ALERTS),
    is_compacted=True,
    is_public=True,
)
INCIDENTS = Topic(
    name="incidents",
    key="incident id",
    model="Incident",
    written_by=(Part.ALERTS,),
    read_by=(Part.LIVE,),
    is_compacted=True,
    is_public=True,
)
CONTACTS = Topic(
    name=PREFIX + "contacts",
    key="contact key",
    model="ContactHead",
    written_by=(Part.CUSTOMERS,),
    read_by=(Part.LIVE,),
    is_compacted=True,
)
CUSTOMERS = Topic(
    name=PREFIX + "customers",
    key="customer key",
    model="CustomerHead",
    written_by=(Part.CUSTOMERS,),
    read_by=(Part.LIVE,),
    is_compacted=True,
)
RUNS = Topic(
    name=PREFIX + "runs",
    key="run / part",
    model="RunReport",
    written_by=(Part.INGEST, Part.CONTACTS, Part.CUSTOMERS, Part.LIVE),
    read_by=(Part.INGEST, Part.LIVE),
    partitions=1,
    is_compacted=True,
)

TOPICS: tuple[Topic, ...] = (
    *EVENTS.values(),
    QUARANTINED,
    REPLAYS,
    CONTACT_WAKES,
    CLAIMS,
    IDENTITY_WAKES,
    IDENTITY_JOURNAL,
    SUMMARIES,
    CUSTOMER_WAKES,
    CONTACTS_CHANGELOG,
    IDENTITIES_CHANGELOG,
    CUSTOMERS_CHANGELOG,
    JOURNEYS,
    FRICTIONS,
    INCIDENTS,
    CONTACTS,
    CUSTOMERS,
    RUNS,
)
