"""Frictions to incidents, incidents to people."""
