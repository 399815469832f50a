"""The HTTP face of the door: one file a group of routes, and the problems they answer with."""
