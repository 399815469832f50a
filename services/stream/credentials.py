"""Kafka's credentials as Faust wants them."""

from faust.auth import SASLCredentials, SSLCredentials

from services.kafka import tls_context
from services.settings import KafkaSettings


def credentials(kafka: KafkaSettings) -> SASLCredentials | SSLCredentials | None:
    context = tls_context(kafka) if kafka.security_protocol.endswith("SSL") else None
    if kafka.security_protocol.startswith("SASL"):
        password = kafka.sasl_password
        return SASLCredentials(
            mechanism=kafka.sasl_mechanism or "PLAIN",
            username=kafka.sasl_username,
            password=password.get_secret_value() if password else None,
            ssl_context=context,
        )
    return SSLCredentials(context) if context is not None else None
