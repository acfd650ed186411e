"""A message in TikTok's words: what stands in `post_info`, and what TikTok would refuse about it. Pure."""

from __future__ import annotations

from typing import Any

from platforms.checks import problems
from platforms.message import Message
from platforms.tiktok.capabilities import (
    BRANDED,
    CAPABILITIES,
    COMMENT,
    COVER_AT,
    DUET,
    MADE_BY_AI,
    OWN_BRAND,
    PHOTO_TITLE_LIMIT,
    PRIVACY,
    PRIVATE,
    STITCH,
    VIDEOS,
)
from platforms.tiktok.errors import LABEL

SWITCHES = {"disable_comment": COMMENT, "disable_duet": DUET, "disable_stitch": STITCH}
# Of creator_info: what an account forbids, and the option that must be off then.
FORBIDDEN = {"comment_disabled": COMMENT, "duet_disabled": DUET, "stitch_disabled": STITCH}


def units(text: str) -> int:
    """Length in UTF-16 units, as TikTok counts."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def found_problems(message: Message) -> list[str]:
    """What TikTok would refuse, in words; empty when fine."""
    found = problems(LABEL, CAPABILITIES, message, units(message.text))
    if len(message.title) <= PHOTO_TITLE_LIMIT < units(message.title):
        found.append(f"{LABEL} takes titles of {PHOTO_TITLE_LIMIT} characters; an emoji counts as two.")
    if message.options.get(BRANDED.key) and message.options.get(PRIVACY.key) == PRIVATE:
        found.append(f"On {LABEL} a paid partnership can't be seen by only you.")
    cover_at = message.options.get(COVER_AT.key)
    if isinstance(cover_at, int | float) and cover_at < 0:
        found.append(f"{LABEL} can't take a cover from before the video begins.")
    return found


def unwanted_by(creator: dict[str, Any], message: Message) -> list[str]:
    """What of the message the account itself does not allow, by ``creator_info``; empty when fine."""
    found = []
    privacy = message.options.get(PRIVACY.key)
    if privacy not in (creator.get("privacy_level_options") or ()):
        words = PRIVACY.choices.get(str(privacy), str(privacy))
        found.append(f"this account can't post for “{words}”")
    if message.kind not in VIDEOS:
        off = {"comment_disabled": COMMENT}
    else:
        off = FORBIDDEN
        longest_s = creator.get("max_video_post_duration_sec")
        length_s = message.media[0].duration_s
        if isinstance(longest_s, int) and length_s is not None and length_s > longest_s:
            found.append(f"this account can post videos of {longest_s} seconds at most")
    for name, option in off.items():
        if creator.get(name) and message.options.get(option.key):
            found.append(f"this account does not let anyone “{option.label.lower()}”")
    return found


def video_info(message: Message) -> dict[str, Any]:
    """`post_info` of a video."""
    info = {**_shared(message), "title": message.text, **_disabled(message, SWITCHES)}
    info[MADE_BY_AI.key] = bool(message.options.get(MADE_BY_AI.key))
    if message.options.get(COVER_AT.key) is not None:
        info[COVER_AT.key] = int(message.options[COVER_AT.key])
    return info


def photo_info(message: Message) -> dict[str, Any]:
    """`post_info` of photos."""
    words = {"title": message.title, "description": message.text}
    return {**_shared(message), **words, **_disabled(message, {"disable_comment": COMMENT})}


def _shared(message: Message) -> dict[str, Any]:
    return {
        PRIVACY.key: message.options.get(PRIVACY.key),
        BRANDED.key: bool(message.options.get(BRANDED.key)),
        OWN_BRAND.key: bool(message.options.get(OWN_BRAND.key)),
    }


def _disabled(message: Message, switches: dict[str, Any]) -> dict[str, bool]:
    return {name: not message.options.get(option.key) for name, option in switches.items()}
