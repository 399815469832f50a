"""Kills, pauses and crashes of workers, judged by an oracle: see `make chaos`."""
