"""What crosses a process boundary. Imported by all, imports none of us."""
