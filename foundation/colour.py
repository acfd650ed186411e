"""Colours that can be read on each other: contrast as WCAG 2.2 defines it (w3.org/TR/WCAG22)."""

from __future__ import annotations

INK, WHITE = "#16181d", "#ffffff"
READABLE = 4.5  # WCAG AA for text


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two ``#rrggbb`` colours, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def text_on(background: str) -> str:
    """White where it can be read on the colour, else dark ink."""
    return WHITE if contrast(WHITE, background) >= READABLE else INK


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of a ``#rrggbb`` colour, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (v / 255 for v in channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
