"""LinkedIn's "little" text: reserved characters stand for something unless a backslash is before them.

Source: Microsoft Learn "little Text Format". What can't be read ends the text, and LinkedIn says 201 all the
same.
"""

from __future__ import annotations

import re

RESERVED = "|{}@[]()<>#\\*_~"
_HASHTAG = re.compile(r"\{hashtag\|\\?([#＃])\|((?:\\.|[^\\{}|])+)\}")
_MENTION = re.compile(r"@\[((?:\\.|[^\\\]])+)\]\(urn:li:(?:person|organization):[^)]+\)")
_PLAIN_HASHTAG = re.compile(r"#\w+")
_TAG = re.compile(r"(?<![\w#&])#(\w+)")


def shown(little: str) -> str:
    """The text as people see it; cut off before the first thing that can't be read."""
    found, place = [], 0
    while place < len(little):
        character = little[place]
        if character == "\\" and place + 1 < len(little) and little[place + 1] in RESERVED:
            found.append(little[place + 1])
            place += 2
        elif match := _HASHTAG.match(little, place):
            found.append(match[1] + _bare(match[2]))
            place = match.end()
        elif match := _MENTION.match(little, place):
            found.append(_bare(match[1]))
            place = match.end()
        elif match := _PLAIN_HASHTAG.match(little, place):
            found.append(match[0])
            place = match.end()
        elif character in RESERVED:
            break
        else:
            found.append(character)
            place += 1
    return "".join(found)


def little(text: str) -> str:
    """A text as LinkedIn gives it back: escaped, with templates for its hashtags."""
    parts, place = [], 0
    for match in _TAG.finditer(text):
        parts += [_escaped(text[place : match.start()]), f"{{hashtag|\\#|{_escaped(match[1])}}}"]
        place = match.end()
    return "".join([*parts, _escaped(text[place:])])


def _escaped(text: str) -> str:
    return "".join(f"\\{character}" if character in RESERVED else character for character in text)


def _bare(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
