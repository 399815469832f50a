"""A worker whose topics are not as they must be: it says so and ends, instead of folding a part of them."""

import os
import subprocess
import sys
from pathlib import Path

PARTITIONS = 3


def test_a_worker_names_each_topic_that_is_wrong(broker: str, tmp_path: Path) -> None:
    settings = {
        "KAFKA_BOOTSTRAP_SERVERS": broker,
        "JOURNEYLINE_DATA_DIR": str(tmp_path),
        "JOURNEYLINE_PARTITIONS": str(PARTITIONS),
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("JOURNEYLINE_")}
    worker = subprocess.run(
        [sys.executable, "-m", "services.journey_builder"],
        env=inherited | settings, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert worker.returncode == 78
    said = worker.stdout + worker.stderr
    # Other tests may have made them on this broker, and of another size.
    assert "run `journeyline topics create`" in said or f"PARTITIONS says {PARTITIONS}" in said
    assert "journeyline.contacts-changelog" in said
