"""The HTTP face of the read model."""
