"""The HTTP door under load, durable and validated, beside a bare FastAPI route that only parses."""
