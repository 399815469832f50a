"""Incidents, their history, silences and the outbox, in SQLite or PostgreSQL."""
