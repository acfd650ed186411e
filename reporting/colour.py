"""A brand's colour made readable: contrast as WCAG 2.2 defines it (w3.org/TR/WCAG22, relative luminance)."""

from __future__ import annotations

INK, WHITE = "#16181d", "#ffffff"
READABLE = 4.5  # WCAG AA for text
VISIBLE = 3.0  # WCAG AA for graphics
# Okabe and Ito's palette (jfly.uni-koeln.de/color): told apart by colour-blind readers too.
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#6b7280", "#b8a600")


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two ``#rrggbb`` colours, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def text_on(background: str) -> str:
    """White where it can be read on the colour, else dark ink."""
    return WHITE if contrast(WHITE, background) >= READABLE else INK


def readable_on_white(colour: str, ratio: float = READABLE) -> str:
    """The colour, darkened just enough to reach the contrast ratio on white."""
    for percent in range(100, -1, -2):
        darker = "#" + "".join(f"{round(channel * percent / 100):02x}" for channel in _channels(colour))
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


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (v / 255 for v in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _distance(one: str, other: str) -> float:
    squares = [(a - b) ** 2 for a, b in zip(_channels(one), _channels(other), strict=True)]
    return float(sum(squares) ** 0.5)
