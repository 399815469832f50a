"""A service's database, SQLite or PostgreSQL: opened, written to, read a page at a time, and who writes."""
