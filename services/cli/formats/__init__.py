"""Files that can be replayed, each as a stream of CloudEvents in the order they happened."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from services.cli.formats import anonymous_bank, cloudevents, helpdesk

Raw = dict[str, Any]
Reader = Callable[[Path], Iterator[Raw]]

FORMATS: dict[str, Reader] = {
    "cloudevents": cloudevents.read,
    "anonymous-bank": anonymous_bank.read,
    "helpdesk": helpdesk.read,
}
