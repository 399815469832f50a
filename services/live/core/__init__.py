"""What the read side decides, without clock or I/O."""
