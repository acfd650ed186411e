"""A message in YouTube's words: a video's snippet and status, and what YouTube would refuse. Pure."""

from __future__ import annotations

from typing import Any

from platforms.checks import problems
from platforms.message import Message
from platforms.youtube.capabilities import (
    CAPABILITIES,
    CATEGORY,
    FOR_KIDS,
    PRIVACY,
    SYNTHETIC,
    TAGS,
    TAGS_LIMIT,
)
from platforms.youtube.errors import LABEL

USUAL_CATEGORY = "22"  # People & Blogs: what YouTube takes when none is said
HIDDEN = "private"


def description(message: Message) -> str:
    """The text with its link at the end, unless it is in the text: YouTube has no field for one."""
    if not message.link or message.link in message.text:
        return message.text
    return f"{message.text}\n{message.link}" if message.text else message.link


def length(message: Message) -> int:
    """Bytes of the description in UTF-8; of a comment its characters."""
    if message.reply_to:
        return len(message.text)
    return len(description(message).encode(errors="surrogatepass"))


def found_problems(message: Message) -> list[str]:
    """What YouTube would refuse, in words; empty when fine."""
    found = problems(LABEL, CAPABILITIES, message, length(message))
    if message.reply_to:
        return found
    if any(character in message.title + message.text for character in "<>"):
        found.append(f"{LABEL} takes no < and no > in a title or a description.")
    counted = sum(len(tag) + 2 * (" " in tag) + 1 for tag in tags(message)) - 1
    if counted > TAGS_LIMIT:
        found.append(f"{LABEL} takes {TAGS_LIMIT} characters of tags; these have {counted}.")
    return found


def tags(message: Message) -> list[str]:
    """The tags, none empty."""
    said = message.options.get(TAGS.key)
    return [tag.strip() for tag in said.split(",") if tag.strip()] if isinstance(said, str) else []


def snippet(message: Message) -> dict[str, Any]:
    """`snippet` of a video."""
    said: dict[str, Any] = {
        "title": message.title,
        "description": description(message),
        "categoryId": str(message.options.get(CATEGORY.key) or USUAL_CATEGORY),
    }
    return {**said, "tags": tags(message)} if tags(message) else said


def status(message: Message, privacy: str) -> dict[str, Any]:
    """`status` of a video, whole: an update puts everything back that it leaves out."""
    return {
        "privacyStatus": privacy,
        "selfDeclaredMadeForKids": message.options.get(FOR_KIDS.key) == "yes",
        "containsSyntheticMedia": bool(message.options.get(SYNTHETIC.key)),
    }


def privacy(message: Message) -> str:
    """Who may see it in the end; without a word, only the owner."""
    return str(message.options.get(PRIVACY.key) or HIDDEN)
