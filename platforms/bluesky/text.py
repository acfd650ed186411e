"""The text of a post, and what in it is a link, a mention or a hashtag: facets, which count bytes.

Source: docs.bsky.app "Links, mentions, and rich text" and the lexicon app.bsky.richtext.facet: places are
counted in bytes of the text's UTF-8, the end excluded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from platforms import graphemes
from platforms.message import Kind, Message

TAG_LIMIT: Final = 64  # characters
_URL: Final = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
# A handle is a host name (atproto.com "Handle"); what stands before it must not make it part of a word.
_MENTION: Final = re.compile(
    r"(?<![^\s(\[])@((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63})\b", re.I
)
_TAG: Final = re.compile(r"(?<!\S)[#＃](?!\ufe0f)([^\s\u00ad\u2060\u200a-\u200d\u20e2]+)")
_CLOSING: Final = {")": "(", "]": "["}


def whole_text(message: Message) -> str:
    """The text as it is sent: but for a card, the link stands at its end unless it is in it."""
    if message.kind is Kind.LINK or not message.link or message.link in message.text:
        return message.text
    return f"{message.text}\n{message.link}" if message.text else message.link


def handles(text: str) -> list[str]:
    """The handles that a text mentions, each once, in small letters."""
    return list(dict.fromkeys(match[1].lower() for match in _outside_links(_MENTION, text)))


def facets(text: str, dids: Mapping[str, str]) -> list[dict[str, Any]]:
    """The links, mentions and hashtags of a text; `dids` are the mentioned accounts' by handle.

    A handle without one stays plain text.
    """
    found = [
        *(_facet(text, start, end, "link", uri=text[start:end]) for start, end in _links(text)),
        *(
            _facet(text, match.start(), match.end(), "mention", did=dids[match[1].lower()])
            for match in _outside_links(_MENTION, text)
            if match[1].lower() in dids
        ),
        *_tags(text),
    ]
    return sorted(found, key=lambda facet: int(facet["index"]["byteStart"]))


def _tags(text: str) -> Iterator[dict[str, Any]]:
    for match in _outside_links(_TAG, text):
        tag = match[1].rstrip(".,;:!?'\"()[]{}…")
        if tag and not tag.isdigit() and graphemes.count(tag) <= TAG_LIMIT:
            yield _facet(text, match.start(), match.start(1) + len(tag), "tag", tag=tag)


def _links(text: str) -> Iterator[tuple[int, int]]:
    """Where addresses stand, without the punctuation that follows them in a sentence."""
    for match in _URL.finditer(text):
        address = match[0]
        while address[-1] in ".,;:!?'\"" or _is_unopened(address):
            address = address[:-1]
        if len(address) > len("https://"):
            yield match.start(), match.start() + len(address)


def _is_unopened(address: str) -> bool:
    opening = _CLOSING.get(address[-1])
    return opening is not None and address.count(opening) < address.count(address[-1])


def _outside_links(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    taken = list(_links(text))
    for match in pattern.finditer(text):
        if not any(start <= match.start() < end for start, end in taken):
            yield match


def _facet(text: str, start: int, end: int, kind: str, **feature: str) -> dict[str, Any]:
    first = len(text[:start].encode())
    index = {"byteStart": first, "byteEnd": first + len(text[start:end].encode())}
    return {"index": index, "features": [{"$type": f"app.bsky.richtext.facet#{kind}", **feature}]}
