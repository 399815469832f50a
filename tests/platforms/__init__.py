"""Platforms: what they send, by whose word, and what it becomes."""
