"""`pytest tests/core --hypothesis-profile=full`: the properties on 10,000 histories each."""

from hypothesis import settings

settings.register_profile("full", max_examples=10_000, deadline=None)
