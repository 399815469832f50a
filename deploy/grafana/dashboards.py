"""`python -m deploy.grafana.dashboards` writes the dashboards' JSON, which is committed."""

from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana import now, pipeline

FOLDER = Path(__file__).parent / "json"


def rendered() -> dict[str, str]:
    """Each dashboard's JSON by its file name."""
    encoder = JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False)
    boards = {"contact-centre-now.json": now.board(), "pipeline.json": pipeline.board()}
    return {name: encoder.encode(board.build()) + "\n" for name, board in boards.items()}


if __name__ == "__main__":
    for name, text in rendered().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
