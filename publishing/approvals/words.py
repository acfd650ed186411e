"""What people write about a post: within limits, and of characters that can be kept."""

from __future__ import annotations

import unicodedata
from typing import Final

LONGEST: Final = 2000  # characters
_UNFIT: Final = ("Cc", "Cs")  # Unicode's control characters and halves of characters


class WordsError(ValueError):
    """What was written can't be used as it is; the message is for people."""


def checked(words: str, *, asked: str = "") -> str:
    """The words as they are kept. `asked` is what to say where there are none; empty: there need not be any.

    Raises:
        WordsError: there are none, too many, or characters that can't be kept.
    """
    found = words.replace("\r\n", "\n").strip()
    if asked and not found:
        raise WordsError(asked)
    if len(found) > LONGEST:
        raise WordsError(f"Use at most {LONGEST} characters.")
    if any(unicodedata.category(sign) in _UNFIT and sign not in "\n\t" for sign in found):
        raise WordsError("Leave out characters that can't be seen.")
    return found
