"""Checks of text and links that hold on every network."""

from __future__ import annotations

import unicodedata
from urllib.parse import urlsplit


def problems_of_text(text: str, label: str, *, empty_allowed: bool = False) -> list[str]:
    """What no network can publish: nothing at all, or characters that can't be encoded."""
    problems = []
    if not empty_allowed and not visible(text):
        problems.append(f"{label} needs a text; this one is empty.")
    if any(unicodedata.category(c) == "Cs" or (ord(c) < 32 and c not in "\t\n\r") for c in text):
        problems.append(
            "The text has characters that can't be sent (broken or invisible control characters)."
        )
    return problems


def problems_of_link(link: str | None) -> list[str]:
    """A link has to be a whole http(s) address."""
    if not link:
        return []
    try:
        parts = urlsplit(link)
        fine = parts.scheme in ("http", "https") and "." in (parts.hostname or "")
    except ValueError:
        fine = False
    if not fine or any(c.isspace() for c in link):
        return ["The link is not a web address: it has to begin with http:// or https://."]
    return []


def visible(text: str) -> bool:
    """Whether anything of the text can be seen: not only spaces and format characters."""
    return any(unicodedata.category(c)[0] not in "ZC" for c in text)
