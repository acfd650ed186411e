"""Text as LinkedIn wants it ("little" text), and back.

Source: Microsoft Learn "little Text Format". A reserved character without a backslash ends the post there,
and LinkedIn says nothing of it. A hashtag is a template: ``{hashtag|\\#|word}``.
"""

from __future__ import annotations

import re

from platforms.looking import plain
from platforms.message import Kind, Message

_RESERVED = re.compile(r"[|{}@\[\]()<>#\\*_~]")
_HASHTAG = re.compile(r"(?<![\w#&/])([#＃])(\w+)")
_TEMPLATE = re.compile(r"\{hashtag\|\\?([#＃])\|((?:\\.|[^\\{}|])+)\}")
_MENTION = re.compile(r"@\[((?:\\.|[^\\\]])+)\]\(urn:li:[^)]+\)")
_ESCAPED = re.compile(r"\\([|{}@\[\]()<>#\\*_~])")
_TOKENS = re.compile(f"{_TEMPLATE.pattern}|{_MENTION.pattern}|{_ESCAPED.pattern}")


def whole_text(message: Message) -> str:
    """The text as people will see it: a link stands at its end, unless it is a card or in the text."""
    if message.kind is Kind.LINK or not message.link or message.link in message.text:
        return message.text
    return f"{message.text}\n{message.link}" if message.text else message.link


def little(text: str) -> str:
    """A text written so that LinkedIn shows all of it; words with a # before them become hashtags."""
    parts, place = [], 0
    for match in _HASHTAG.finditer(text):
        parts.append(_escaped(text[place : match.start()]))
        parts.append(f"{{hashtag|\\{match[1]}|{_escaped(match[2])}}}")
        place = match.end()
    return "".join([*parts, _escaped(text[place:])])


def shown(commentary: str) -> str:
    """What people see of a commentary that LinkedIn gave back."""

    def word(match: re.Match[str]) -> str:
        if match[1]:
            return match[1] + shown(match[2])
        return shown(match[3]) if match[3] else match[4]

    return _TOKENS.sub(word, commentary)


def same_words(commentary: str, text: str) -> bool:
    """Whether a listed commentary is the text, whether LinkedIn gives it escaped or not."""
    return plain(text) in (plain(shown(commentary)), plain(commentary))


def length(text: str) -> int:
    """UTF-16 units: at least as many as LinkedIn can count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _escaped(text: str) -> str:
    return _RESERVED.sub(lambda match: f"\\{match[0]}", text)
