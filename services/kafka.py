"""How every client of ours reaches the log: one dictionary of connection arguments for aiokafka."""

import ssl
from typing import Any

from services.settings import KafkaSettings


def connection(kafka: KafkaSettings) -> dict[str, Any]:
    """Keyword arguments for an aiokafka consumer or producer."""
    arguments: dict[str, Any] = {
        "bootstrap_servers": kafka.bootstrap_servers,
        "security_protocol": kafka.security_protocol,
    }
    if kafka.security_protocol.endswith("SSL"):
        arguments["ssl_context"] = tls_context(kafka)
    if kafka.security_protocol.startswith("SASL"):
        password = kafka.sasl_password
        arguments["sasl_mechanism"] = kafka.sasl_mechanism or "PLAIN"
        arguments["sasl_plain_username"] = kafka.sasl_username
        arguments["sasl_plain_password"] = password.get_secret_value() if password else None
    return arguments


def tls_context(kafka: KafkaSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(kafka.ssl_cafile) if kafka.ssl_cafile else None)
