"""The processes of Journeyline. Services never import one another; what they share is in `schemas`."""
