"""What commands say to people: on standard error, so that standard output is for what scripts read."""

from rich.console import Console

console = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """Texts of others may hold what looks like mark-up: they are shown as they are."""
    console.print(text, markup=False)
