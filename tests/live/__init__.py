"""The read side: its core by itself, its store and API on both databases, its projector on a broker."""
