"""A brand's colour made readable, and the colours of lines and bars beside it."""

from __future__ import annotations

from foundation.colour import READABLE, WHITE, channels, contrast

VISIBLE = 3.0  # WCAG AA for graphics
# Okabe and Ito's palette (jfly.uni-koeln.de/color): told apart by colour-blind readers too.
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#6b7280", "#b8a600")


def readable_on_white(colour: str, ratio: float = READABLE) -> str:
    """The colour, darkened just enough to reach the contrast ratio on white."""
    for percent in range(100, -1, -2):
        darker = "#" + "".join(f"{round(channel * percent / 100):02x}" for channel in channels(colour))
        if contrast(WHITE, darker) >= ratio:
            return darker
    raise AssertionError("black is readable on white")


def series(colour: str, count: int) -> list[str]:
    """Colours for ``count`` lines or bars, the brand's first, none too like another."""
    chosen = [readable_on_white(colour, VISIBLE)]
    for candidate in PALETTE:
        if _distance(candidate, chosen[0]) > 90:
            chosen.append(readable_on_white(candidate, VISIBLE))
    return [chosen[index % len(chosen)] for index in range(count)]


def _distance(one: str, other: str) -> float:
    squares = [(a - b) ** 2 for a, b in zip(channels(one), channels(other), strict=True)]
    return float(sum(squares) ** 0.5)
