"""The read model: its tables, the one way in (`writes`) and the queries out. Callers bring the connection."""
