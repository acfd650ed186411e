"""X's text rules: weighted length, and links shortened to t.co."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit

from sandbox.x.endings import ENDINGS

MAX_WEIGHT = 280
LONG_WEIGHT = 25_000
URL_WEIGHT = 23
_REST = r"[^\s<>\"]*[^\s<>\".,;:!?)\]]"
_LABEL = r"[a-z0-9\-\u00c0-\u024f]+"
# A bare domain is a link where its ending is a known one; what stands close around it in other scripts
# does not belong to it. After the patterns of X's twitter-text library.
_URL = re.compile(
    rf"https?://{_REST}"
    rf"|(?<![a-z0-9@＠$#＃\-_./])(?:{_LABEL}\.)+(?:{'|'.join(sorted(ENDINGS))})(?![a-z0-9@+\-])(?:/{_REST})?",
    re.IGNORECASE,
)
_HASHTAG = re.compile(r"(?<![\w&])[#＃](\w*[^\W\d]\w*)")
_MENTION = re.compile(r"(?<!\w)[@＠](\w{1,15})\b")
_LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    "|[0-9#*]\ufe0f?\u20e3"
    "|[\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]\ufe0f?[\U0001f3fb-\U0001f3ff]?"
    "(?:\u200d[\u2190-\u2bff\U0001f000-\U0001faff]\ufe0f?[\U0001f3fb-\U0001f3ff]?)*"
)


def weighted_length(text: str) -> int:
    """Length as X counts it, after NFC: a link 23, an emoji sequence 2, Latin and the like 1, all else 2.

    Source: X developer documentation, "Counting characters" (twitter-text configuration v3).
    """
    rest, links = _URL.subn("", unicodedata.normalize("NFC", text))
    plain, emoji = _EMOJI.subn("", rest)
    weight = sum(1 if any(low <= ord(c) <= high for low, high in _LIGHT) else 2 for c in plain)
    return weight + URL_WEIGHT * links + 2 * emoji


def short_link(url: str) -> str:
    """The t.co address X gives a link; the same link always gets the same one here."""
    digest = hashlib.sha256(url.encode()).hexdigest()
    return f"https://t.co/{digest[:10]}"


def has_link(text: str) -> bool:
    """Whether the text holds a link X would shorten."""
    return _URL.search(text) is not None


def shorten(text: str) -> tuple[str, dict[str, Any]]:
    """The text with its links shortened, and its entities; positions count code points of that text."""
    parts, urls, at, length = [], [], 0, 0
    for match in _URL.finditer(text):
        parts.append(text[at : match.start()])
        length += match.start() - at
        short = short_link(match.group())
        urls.append(_url_entity(match.group(), short, length))
        parts.append(short)
        length += len(short)
        at = match.end()
    shown = "".join([*parts, text[at:]])
    tags = [{"start": m.start(), "end": m.end(), "tag": m[1]} for m in _HASHTAG.finditer(shown)]
    mentions = [{"start": m.start(), "end": m.end(), "username": m[1]} for m in _MENTION.finditer(shown)]
    entities = {"urls": urls, "hashtags": tags, "mentions": mentions}
    return shown, {name: found for name, found in entities.items() if found}


def _url_entity(written: str, short: str, start: int) -> dict[str, Any]:
    url = written if re.match("https?://", written, re.IGNORECASE) else f"http://{written}"
    parts = urlsplit(url)
    shown = (parts.netloc.removeprefix("www.") + parts.path).rstrip("/")
    return {
        "start": start,
        "end": start + len(short),
        "url": short,
        "expanded_url": url,
        "display_url": shown if len(shown) <= 30 else f"{shown[:29]}…",
        "status": 200,
        "unwound_url": url,
    }
