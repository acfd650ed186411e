"""Numbers and words as a reader sees them."""

from __future__ import annotations

import re
import unicodedata

UNKNOWN = "–"
NOT_COMPARABLE = "n/a"
_BREAK = "\u200b"  # zero-width space: a place to break a line
_LONG_RUN = re.compile(r"\S{22,}")


def number(value: float | None, unit: str = "") -> str:
    """A count as 12,345, a percentage as 1.23 %, unknown as a dash."""
    if value is None:
        return UNKNOWN
    if unit == "%":
        return f"{value:,.2f} %".replace("-", "−")
    text = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
    return (text + (f" {unit}" if unit else "")).replace("-", "−", 1)


def fraction(value: float | None) -> str:
    """A fraction as a percentage, unknown as a dash."""
    return number(None if value is None else 100 * value, "%")


def change(value: float | None, previous: float | None, unit: str = "") -> tuple[str, int]:
    """Change against the previous period and its direction (-1, 0, 1).

    Relative for counts, in percentage points for percentages. "n/a" when either is unknown or the previous
    one is zero: there is nothing to compare with, and no trend is made up.
    """
    if value is None or not previous:
        return NOT_COMPARABLE, 0
    shift = value - previous if unit == "%" else 100 * (value - previous) / abs(previous)
    digits = 2 if unit == "%" else 1
    rounded = round(shift, digits)
    text = f"{rounded:+,.{digits}f}" if rounded else "0"
    return f"{text} {'pp' if unit == '%' else '%'}".replace("-", "−"), (rounded > 0) - (rounded < 0)


def plain(text: str) -> str:
    """One line of valid, printable Unicode."""
    valid = text.encode("utf-8", "replace").decode()
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in valid).split())


def excerpt(text: str, length: int) -> str:
    """The beginning of a text on one line, with places to break words too long for a column."""
    line = plain(text)
    short = line if len(line) <= length else _cut(line, length)
    return _LONG_RUN.sub(lambda run: _BREAK.join(re.findall(".{1,11}", run[0])), short)


def _cut(line: str, length: int) -> str:
    """Cut after the last whole word, or inside one where that would lose more than a third."""
    words = line[:length].rpartition(" ")[0]
    return (words if len(words) > 2 * length / 3 else line[: length - 1].rstrip()) + "…"


def slug(name: str) -> str:
    """A file name made of a brand's letters and digits, in any script; "brand" when there are none."""
    words = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFKC", plain(name)).casefold()).strip("-")
    return words[:40].strip("-") or "brand"
