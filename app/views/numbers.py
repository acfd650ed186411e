"""Numbers as people read them. Unknown is a dash, never a zero."""

from __future__ import annotations

from typing import Literal

UNKNOWN = "–"
MINUS = "−"


def whole(value: float | None) -> str:
    """A count with thousands separators: 12,345."""
    return UNKNOWN if value is None else f"{value:,.0f}".replace("-", MINUS)


def short(value: float | None) -> str:
    """A count for a card: 84,213, then 1.24 M from a million on."""
    if value is None or abs(value) < 1_000_000:
        return whole(value)
    scaled, unit = (value / 1e9, "B") if abs(value) >= 1e9 else (value / 1e6, "M")
    return f"{scaled:,.2f} {unit}".replace("-", MINUS)


Colour = Literal["green", "red", "gray"]
Arrow = Literal["up", "down", "off"]


def trend(fraction: float | None) -> tuple[Colour, Arrow]:
    """The colour and arrow of a change; none for one that is unknown or shows as nothing.

    Said outright, because what reads a sign from the words does not know a typographic minus.
    """
    shown = change(fraction)
    if shown.startswith("+"):
        return "green", "up"
    return ("red", "down") if shown.startswith(MINUS) else ("gray", "off")


def change(fraction: float | None) -> str:
    """A relative change with its sign, ``+12.3 %``; ``n/a`` when it is unknown."""
    if fraction is None:
        return "n/a"
    percent = 100 * fraction
    digits = 0 if abs(percent) >= 100 else 1
    rounded = round(percent, digits)
    if rounded == 0:
        return "0 %"
    return f"{rounded:+,.{digits}f} %".replace("-", MINUS)
