"""Alerts: core, API and outbox, transports, and the whole on a broker."""
