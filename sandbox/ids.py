"""Post ids as the networks form them; all but YouTube's sort by time."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from sandbox.model import Account, Network

_X_EPOCH_MS = 1_288_834_974_657
_TID = "234567abcdefghijklmnopqrstuvwxyz"
_VIDEO = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(at: datetime) -> int:
    """Whole milliseconds since 1970 (UTC)."""
    return (at - _UNIX) // timedelta(milliseconds=1)


def from_milliseconds(value: int) -> datetime:
    """The moment (UTC) of whole milliseconds since 1970."""
    return _UNIX + timedelta(milliseconds=value)


def snowflake(at: datetime, sequence: int = 0) -> str:
    """An X post id: milliseconds since 2010-11-04 in the high bits, `sequence` (0..4194303) in the low 22."""
    return str(((milliseconds(at) - _X_EPOCH_MS) << 22) | sequence)


def facebook_post_id(page_id: str, at: datetime, sequence: int = 0) -> str:
    """A Facebook post id, PAGEID_POSTID."""
    return f"{page_id}_12{milliseconds(at)}{sequence}"


def tid(at: datetime, sequence: int = 0) -> str:
    """An atproto TID: 13 characters of base32-sortable, microseconds and a clock id in the low ten bits."""
    value = (milliseconds(at) * 1000 << 10) | (sequence & 1023)
    return "".join(_TID[(value >> shift) & 31] for shift in range(60, -1, -5))


def video_id(account_id: str, at: datetime, sequence: int = 0) -> str:
    """A YouTube video id: 11 characters that say nothing."""
    digest = hashlib.sha256(f"{account_id}/{milliseconds(at)}/{sequence}".encode()).digest()
    return "".join(_VIDEO[byte & 63] for byte in digest[:11])


def post_id(account: Account, at: datetime, sequence: int = 0) -> str:
    """The id of a post of an account; `sequence` (0..999) tells posts of one millisecond apart."""
    number = f"{milliseconds(at)}{sequence:03d}"
    match account.network:
        case "facebook":
            return facebook_post_id(account.id, at, sequence)
        case "youtube":
            return video_id(account.id, at, sequence)
        case "bluesky":
            return f"at://{account.id}/app.bsky.feed.post/{tid(at, sequence)}"
        case "linkedin":
            return f"urn:li:share:7{number}"
        case "x" | "mastodon":
            return snowflake(at, sequence)
        case "instagram" | "threads":
            return f"18{number}{account.id[-2:]}"
        case _:
            return f"7{number}{account.id[-2:]}"


def first_sequence(network: Network) -> int:
    """Where the sequences of posts accepted through the interface begin; lower ones are the world's own."""
    return 1 if network == "facebook" else 64
