"""The length of a text on Threads: characters, of which an emoji counts its bytes in UTF-8.

Source: developers.facebook.com, Threads API "Overview", limitations.
"""

from __future__ import annotations

import re

# Emoji and what joins, tints or tags them: whole blocks, a few more than are emoji.
_EMOJI = re.compile(
    "[\u203c\u2049\u20e3\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55"
    "\u3030\u303d\u3297\u3299\u200d\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f]"
)
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)


def length(text: str) -> int:
    """Characters of a text, as Threads counts them."""
    return len(text) + sum(len(emoji.encode()) - 1 for emoji in _EMOJI.findall(text))


def links(text: str) -> set[str]:
    """The different addresses in a text."""
    return set(_LINK.findall(text))
