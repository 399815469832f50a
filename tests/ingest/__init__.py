"""The door: its decisions without I/O, and its answers before a real broker."""
