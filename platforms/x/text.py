"""Weighted length of a post on X, and its text as a person wrote it.

Source: docs.x.com "Counting characters" and the configuration v3 of X's twitter-text library:
a URL counts 23, an emoji (a whole sequence of joined ones too) 2, characters of
U+0000-10FF, U+2000-200D, U+2010-201F and U+2032-2037 count 1, every other 2; in NFC.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Any

from platforms.looking import address, plain

URL_WEIGHT = 23
EMOJI_WEIGHT = 2
SINGLE_WEIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))

# With a scheme any host counts as a URL; without one, X knows the domain by its ending. Only the
# usual endings are known here, so a rarer bare domain counts by its letters.
_ENDINGS = "com|net|org|info|biz|edu|gov|int|mil|eu|uk|de|fr|jp|io|co|me|tv|ai|app|dev|shop|store|blog|news"
_PATH = r"[!#-;=?-~\u00c0-\u024f\u0400-\u04ff]*[#-&*+\-/-9=@-Z\\^-z|~\u00c0-\u024f\u0400-\u04ff]"
_URL = re.compile(
    rf"https?://{_PATH}|(?<![@\w.\-/])(?:[a-z0-9][a-z0-9\-]*\.)+(?:{_ENDINGS})\b(?![.\-]?[\w@])(?:/{_PATH})?",
    re.IGNORECASE,
)

# For comparing, whatever X may take for an address: the whole of a word with a dot before a letter.
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_DOTTED = re.compile(r"(?<!\S)\S+\.[^\W\d_]\S*")

# Emoji sequences after UTS #51 (ED-17): flag, keycap, base with skin tone or tags, joined by ZWJ. The
# bases are whole blocks that hold all emoji: a few more than have the property, and a lone one of
# those counts 2 by the ranges anyway.
_BASE = (
    "[\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_ELEMENT = f"{_BASE}(?:[\U0001f3fb-\U0001f3ff]|\ufe0f)?(?:[\U000e0020-\U000e007e]+\U000e007f)?"
_EMOJI = re.compile(
    f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|[\u00a9\u00ae]\ufe0f|{_ELEMENT}(?:\u200d{_ELEMENT})*"
)


def weighted_length(text: str) -> int:
    """The length of a text as X counts it."""
    text = unicodedata.normalize("NFC", text)
    urls, rest = _take(_URL, text)
    emoji, rest = _take(_EMOJI, rest)
    return urls * URL_WEIGHT + emoji * EMOJI_WEIGHT + sum(map(_weight, rest))


def expanded_text(tweet: dict[str, Any]) -> str:
    """The text of a listed post with its t.co addresses expanded and its HTML entities resolved.

    X gives text and entities in full under ``note_tweet`` (or ``note_post``) where a post is longer than 280.
    """
    whole = tweet.get("note_tweet") or tweet.get("note_post") or tweet
    text = html.unescape(str(whole.get("text", "")))
    for url in (whole.get("entities") or {}).get("urls", []):
        # A picture or video of the post itself stands as a t.co address at its end; nobody wrote it.
        target = "" if url.get("media_key") else url.get("expanded_url") or url.get("url", "")
        text = text.replace(url.get("url", ""), target)
    return text


def comparable(text: str) -> str:
    """A text such that what was sent and what is listed are equal, if X did no more than link its addresses.

    X writes a scheme before every bare domain it links, and it knows far more of them than are counted here.
    """
    return _DOTTED.sub(lambda word: address(word[0]), plain(_SCHEME.sub("", text)))


def gist(text: str) -> str:
    """What is left of a text once everything that X might write in another way is taken out.

    Addresses (any word with a dot in it) are one same mark; letter case, spaces and punctuation are gone.
    """
    words = _DOTTED.sub("\u2197", plain(_SCHEME.sub("", text)))
    return "".join(c for c in words.casefold() if unicodedata.category(c)[0] in "LMNS")


def _take(pattern: re.Pattern[str], text: str) -> tuple[int, str]:
    """How often a pattern occurs, and the text without its occurrences."""
    rest, count = pattern.subn("", text)
    return count, rest


def _weight(character: str) -> int:
    point = ord(character)
    return 1 if any(first <= point <= last for first, last in SINGLE_WEIGHT) else 2
