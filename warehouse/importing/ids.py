"""Ids of posts, and the moment that some networks write into them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

LONGEST: Final = 200
_SHORTENED: Final = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\d{15,20}")
_IN_URN: Final = re.compile(r"urn:li:activity:(\d{15,20})")
# X counts milliseconds from here in the upper bits of an id (github.com/twitter-archive/snowflake).
X_EPOCH_MS: Final = 1_288_834_974_657
NEAR: Final = timedelta(days=2)


def post_id(written: str, pattern: str | None) -> str:
    """The id of a post, found within an address where the export gives that (`pattern` with one group).

    Raises:
        ValueError: there is none, or a spreadsheet has spoilt it; the message is for people.
    """
    if not written:
        raise ValueError("The id of the post is missing.")
    if _SHORTENED.fullmatch(written):
        raise ValueError(
            "The spreadsheet has shortened this id, and its last digits are lost. Import the file as the "
            "network gave it, without saving it in a spreadsheet."
        )
    if pattern and (found := re.search(pattern, written)):
        return found[1]
    if pattern and "://" in written:
        raise ValueError("No id of a post is found in this address.")
    if len(written) > LONGEST or any(sign.isspace() or not sign.isprintable() for sign in written):
        raise ValueError("This is no id of a post.")
    return written


def whole(network: str, written: str, account: str) -> str:
    """The id as the network's API gives it: there Facebook's begin with the page's, which exports leave out.

    https://developers.facebook.com/docs/graph-api/reference/post
    """
    if network == "facebook" and written.isdigit() and account.isdigit():
        return f"{account}_{written}"
    return written


def moment_in(network: str, written: str, near: datetime) -> datetime | None:
    """When the post of this id was made (aware UTC), where the network's ids tell and it is near `near`.

    X: milliseconds in the bits from the 22nd on. TikTok: seconds from the 32nd on. LinkedIn's activities:
    milliseconds from the 22nd on.
    """
    at: datetime | None = None
    if network == "x" and _NUMBER.fullmatch(written):
        at = _of_ms((int(written) >> 22) + X_EPOCH_MS)
    elif network == "tiktok" and _NUMBER.fullmatch(written):
        at = _of_ms((int(written) >> 32) * 1000)
    elif network == "linkedin" and (found := _IN_URN.fullmatch(written)):
        at = _of_ms(int(found[1]) >> 22)
    return at if at is not None and abs(at - near) <= NEAR else None


def _of_ms(milliseconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
