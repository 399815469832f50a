"""What the door decides, without doing it: no clock, no network, no framework."""
