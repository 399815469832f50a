"""`python -m services.journey_builder`: one worker, configured by the environment."""

from services.journey_builder.app import run
from services.settings import settings

if __name__ == "__main__":
    run(settings())
