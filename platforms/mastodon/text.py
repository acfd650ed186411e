"""The text of a post, and how long Mastodon finds it.

Source: docs.joinmastodon.org "Posting to your profile": an address counts 23 characters, a mention only its
name without the server; a content warning counts too.
"""

from __future__ import annotations

import re
from typing import Final

from platforms import graphemes
from platforms.message import Message

URL_LENGTH: Final = 23
_URL: Final = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_MENTION: Final = re.compile(r"(?<![\w/])(@\w+(?:[\w.-]*\w)?)@[\w.-]*\w", re.ASCII)


def whole_text(message: Message) -> str:
    """The text as it is sent: the link stands at its end unless it is in it."""
    if not message.link or message.link in message.text:
        return message.text
    return f"{message.text}\n{message.link}" if message.text else message.link


def length(text: str, url_length: int = URL_LENGTH) -> int:
    """Characters as Mastodon counts them."""
    return graphemes.count(_MENTION.sub(r"\1", _URL.sub("x" * url_length, text)))
