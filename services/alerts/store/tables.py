"""The tables. Unlike a read model they hold what people did and what was sent: keep them."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, text

from services.database.offsets import batches_table, offsets_table
from services.database.opening import meta_table

#: Raise it with any change below but a new table: databases of another version are refused.
SCHEMA_VERSION = "1"

metadata = MetaData()
#: SQLite counts up only what it calls INTEGER.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")

meta = meta_table("alerts_meta", metadata)

incidents = Table(
    "incidents", metadata,
    Column("incident_id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("touchpoint", String, nullable=False),
    Column("state", String, nullable=False),
    #: Null while it lasts.
    Column("closed_as", String),
    Column("opened_at", String, nullable=False),
    Column("last_us", BigInteger, nullable=False),
    #: Changed since it was published.
    Column("is_news", Boolean, nullable=False),
    Column("revision", BigInteger, nullable=False),
    #: The `Held`, as JSON.
    Column("body", LargeBinary, nullable=False),
    Index("incidents_by_time", "opened_at", "incident_id"),
    Index("incidents_of_group", "tenant", "kind", "touchpoint"),
    Index("incidents_to_publish", "is_news"),
    Index("incidents_to_close", "closed_as", "last_us"),
)  # fmt: skip
#: The database itself sees to it: one incident of a group at a time.
Index(
    "one_incident_of_a_group",
    incidents.c.tenant, incidents.c.kind, incidents.c.touchpoint,
    unique=True,
    sqlite_where=text("closed_as IS NULL"),
    postgresql_where=text("closed_as IS NULL"),
)  # fmt: skip

members = Table(
    "members", metadata,
    Column("friction_id", String, primary_key=True),
    Column("incident_id", String, nullable=False),
    Column("at", String, nullable=False),
    Column("is_raised", Boolean, nullable=False),
    Index("members_of_incident", "incident_id", "at"),
)  # fmt: skip

history = Table(
    "history", metadata,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("incident_id", String, nullable=False),
    #: The `Entry`, as JSON.
    Column("body", LargeBinary, nullable=False),
    Index("history_of_incident", "incident_id", "number"),
)  # fmt: skip

outbox = Table(
    "outbox", metadata,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("incident_id", String, nullable=False),
    Column("receiver", String, nullable=False),
    Column("occasion", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("state", String, nullable=False),
    #: Waiting: not before. Claimed: whose claim it is lapses then.
    Column("due_us", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("settled_us", BigInteger),
    #: What the last attempt said, if it failed, or was not for all.
    Column("error", String),
    Column("body", LargeBinary, nullable=False),
    Index("outbox_once", "incident_id", "receiver", "occasion", unique=True),
    Index("outbox_due", "receiver", "state", "due_us"),
)  # fmt: skip

silences = Table(
    "silences", metadata,
    Column("silence_id", String, primary_key=True),
    Column("kind", String),
    Column("touchpoint", String),
    Column("tenant", String),
    Column("until_us", BigInteger, nullable=False),
    Column("created_at", String, nullable=False),
    Column("by", String, nullable=False),
    Column("text", String),
)  # fmt: skip

offsets = offsets_table("alerts_offsets", metadata)
batches = batches_table("alerts_batches", metadata)
