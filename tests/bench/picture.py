"""The bench as a picture: one bar a runtime, its ratio to ours beside it. SVG by hand: no library needed."""

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, ROW, LEFT, RIGHT, TOP = 860, 34, 300, 190, 64
OURS, PEER = "#0f766e", "#94a3b8"


class Bar(NamedTuple):
    title: str
    events_per_s: float
    is_ours: bool


def draw(title: str, note: str, bars: Sequence[Bar]) -> str:
    """An SVG document; the longest bar fills the room."""
    height = TOP + ROW * len(bars) + 30
    longest = max(bar.events_per_s for bar in bars)
    ours = next(bar.events_per_s for bar in bars if bar.is_ours)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(20, 28, title, 18, "#0f172a"),
        _text(20, 48, note, 12, "#475569"),
    ]
    for place, bar in enumerate(bars):
        lines += _row(bar, TOP + ROW * place, longest, ours)
    return "\n".join([*lines, "</svg>", ""])


def _row(bar: Bar, top: float, longest: float, ours: float) -> list[str]:
    length = (WIDTH - LEFT - RIGHT) * bar.events_per_s / longest
    words = f"{bar.events_per_s:,.0f} /s"
    if not bar.is_ours:
        words += f" · ours is {ours / bar.events_per_s:.1f}×"
    colour = OURS if bar.is_ours else PEER
    return [
        _text(20, top + 19, bar.title, 13, "#0f172a"),
        f'<rect x="{LEFT}" y="{top + 4}" width="{length:.1f}" height="22" rx="3" fill="{colour}"/>',
        _text(LEFT + length + 8, top + 20, words, 13, "#0f172a"),
    ]


def _text(x: float, y: float, words: str, size: int, colour: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}">{escape(words)}</text>'
