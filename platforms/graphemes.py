"""Characters as people see them (grapheme clusters), which Bluesky and Mastodon count.

After the rules of Unicode Standard Annex 29, with the properties that Python's `unicodedata` has. Where it
lacks one (pictographs, the conjuncts of Indic scripts) this counts one more rather than one less.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_JOINER: Final = "\u200d"
_CONTROLS: Final = ("Cc", "Cf", "Zl", "Zp")


def count(text: str) -> int:
    """How many characters a reader sees; a line break is one."""
    found, flags = 0, 0
    before = ""
    for character in text:
        flags = flags + 1 if _is_flag(character) else 0
        if not _continues(before, character, flags):
            found += 1
        before = character
    return found


def _continues(before: str, character: str, flags: int) -> bool:
    """Whether a character belongs to the one before; `flags` regional indicators stand here in a row."""
    if not before:
        return False
    if before == "\r":
        return character == "\n"
    if _is_control(before) or _is_control(character):
        return False
    if _extends(character):
        return True
    if before == _JOINER:
        return unicodedata.category(character) == "So"
    if flags:
        return flags % 2 == 0
    return _hangul_continues(before, character)


def _is_control(character: str) -> bool:
    tag = "\U000e0020" <= character <= "\U000e007f"
    joins = character in "\u200c\u200d"
    return unicodedata.category(character) in _CONTROLS and not tag and not joins


def _extends(character: str) -> bool:
    """Marks, joiners, variation selectors, skin tones, and the tags of flags."""
    if unicodedata.category(character) in ("Mn", "Me", "Mc") or character in "\u200c\u200d":
        return True
    return "\U0001f3fb" <= character <= "\U0001f3ff" or "\U000e0020" <= character <= "\U000e007f"


def _is_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _hangul_continues(before: str, character: str) -> bool:
    """GB6 to GB8: a syllable goes on with its vowels and its closing consonants."""
    leading, vowel, closing = "\u1100" <= before <= "\u115f", _is_vowel(before), _is_closing(before)
    syllable = "\uac00" <= before <= "\ud7a3"
    if leading:
        return "\u1100" <= character <= "\u115f" or _is_vowel(character) or "\uac00" <= character <= "\ud7a3"
    open_syllable = syllable and (ord(before) - 0xAC00) % 28 == 0
    if vowel or open_syllable:
        return _is_vowel(character) or _is_closing(character)
    return (closing or syllable) and _is_closing(character)


def _is_vowel(character: str) -> bool:
    return "\u1160" <= character <= "\u11a7"


def _is_closing(character: str) -> bool:
    return "\u11a8" <= character <= "\u11ff"
