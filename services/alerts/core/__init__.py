"""What is decided: pure, without a clock and without I/O."""
