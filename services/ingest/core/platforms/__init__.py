"""Every platform that posts to us, in plain sight. One file each: payload to events, without I/O."""

from services.ingest.core.platforms.amazon_connect import AMAZON_CONNECT
from services.ingest.core.platforms.asterisk import ASTERISK
from services.ingest.core.platforms.chatwoot import CHATWOOT
from services.ingest.core.platforms.genesys import GENESYS
from services.ingest.core.platforms.intercom import INTERCOM
from services.ingest.core.platforms.platform import Platform
from services.ingest.core.platforms.qualtrics import QUALTRICS
from services.ingest.core.platforms.segment import RUDDERSTACK, SEGMENT
from services.ingest.core.platforms.snowplow import SNOWPLOW
from services.ingest.core.platforms.standard import STANDARD
from services.ingest.core.platforms.twilio import TWILIO
from services.ingest.core.platforms.zendesk import ZENDESK

PLATFORMS: dict[str, Platform] = {
    platform.name: platform
    for platform in (
        AMAZON_CONNECT, ASTERISK, CHATWOOT, GENESYS, INTERCOM, QUALTRICS, RUDDERSTACK, SEGMENT, SNOWPLOW,
        STANDARD, TWILIO, ZENDESK,
    )
}  # fmt: skip
