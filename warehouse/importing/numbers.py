"""Counts as networks, spreadsheets and people write them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

UNKNOWN: Final = frozenset({"", "-", "–", "—", "--", "n/a", "na", "null", "none", "nan", "undefined", "#n/a"})
LARGEST: Final = 10**15  # more than any network ever counted; what is larger is no count
_PLAIN: Final = re.compile(r"\d+")
# Groups of three, all parted by the same sign: 1,234,567 or 1.234.567 or 1 234 567 (also with a thin or a
# non-breaking blank) or 1'234'567. A group of three is never read as a fraction: counts are whole.
_GROUPED: Final = re.compile(r"[1-9]\d{0,2}(?:([,. \u00a0\u2009\u202f'’])\d{3})(?:\1\d{3})*")
_INDIAN: Final = re.compile(r"[1-9]\d?(?:,\d{2})*,\d{3}")  # 12,34,567
_WHOLE_FRACTION: Final = re.compile(r"(.+?)[.,]0+")  # 12.0, as programs write a whole number
# A file that writes whole numbers like this has 12.000 for 12 too, which would pass for 12,000.
_THREE_ZEROS: Final = re.compile(r"(?:0|.*\d{4})[.,]000")
_SHORT: Final = re.compile(r"\d+(?:[.,]\d+)?\s*(?:[kmb]|tsd|mio|mrd)\.?", re.IGNORECASE)
_SCIENTIFIC: Final = re.compile(r"\d(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)
_SIGNS: Final = re.compile(r"[^\d]")


@lru_cache(maxsize=65_536)
def count(written: str) -> int | None:
    """The count that is written; None where nothing is known: an empty cell is never 0.

    Raises:
        ValueError: it is no count; the message is for people.
    """
    value = written.strip()
    if value.casefold() in UNKNOWN:
        return None
    found = _whole(value)
    if found is None:
        raise ValueError(_why(value))
    if found > LARGEST:
        raise ValueError("This number is too large for a count.")
    return found


def _whole(value: str) -> int | None:
    if not value.isascii():
        value = value.replace("\u2212", "-")
    if _PLAIN.fullmatch(value) and value.isascii():
        return int(value) if len(value) <= 20 else LARGEST + 1
    if _GROUPED.fullmatch(value) or _INDIAN.fullmatch(value):
        return _digits(value)
    if (fraction := _WHOLE_FRACTION.fullmatch(value)) and not _THREE_ZEROS.fullmatch(value):
        before = fraction[1]
        if before.isascii() and (_PLAIN.fullmatch(before) or _GROUPED.fullmatch(before)):
            return _digits(before)
    return None


def _digits(value: str) -> int:
    digits = _SIGNS.sub("", value)
    return int(digits) if len(digits) <= 20 else LARGEST + 1


def _why(value: str) -> str:
    if value.endswith("%"):
        return "This is a share, not a count. Choose the column with the whole number."
    if _SHORT.fullmatch(value):
        return "This number was shortened, so its exact value is lost. Export it in full."
    if _SCIENTIFIC.fullmatch(value):
        return "The spreadsheet has shortened this number. Show the column as whole numbers and save again."
    if value.startswith(("-", "\u2212", "(")):
        return "A count can't be below 0."
    if _THREE_ZEROS.fullmatch(value):
        return "Three digits behind a sign are thousands, which these are not. Save it without decimals."
    if re.fullmatch(r"\d+(?:([,. '’\u00a0\u2009\u202f])\d{3}(?:\1\d{3})*(?!\1))?[.,]\d+", value):
        return "A count is a whole number."
    return "This is no number. Leave the cell empty where the number is not known."
