"""The command line: `journeyline`."""
