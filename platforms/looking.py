"""Looking for a post whose sending was never answered: what a listing proves, and what it does not.

The dangerous mistake is a false "absent": the post would be sent twice. So anything that looks
like the post but can't be told for sure is CANNOT_TELL.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from platforms.contract import Finding, Found, Published

# How far the network's clock and ours may be apart, and how late a post may appear.
BEFORE = timedelta(minutes=5)
AFTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Candidate:
    """A listed post with the wanted text. `certain` is False when it only resembles the wanted one."""

    post: Published
    certain: bool = True


def verdict(candidates: Iterable[Candidate], sent_at: datetime, *, complete: bool) -> Found:
    """FOUND for the one certain candidate near `sent_at`; ABSENT only for a complete listing without any.

    `sent_at` is aware UTC; `complete` says whether all that was published since ``sent_at - BEFORE``
    was listed.
    """
    near = list(candidates)
    if not near:
        return Found(Finding.ABSENT if complete else Finding.CANNOT_TELL)
    if len(near) == 1 and near[0].certain and _timely(near[0].post, sent_at):
        return Found(Finding.FOUND, near[0].post)
    return Found(Finding.CANNOT_TELL)


def plain(text: str) -> str:
    """A text as it is compared: composed (NFC), no invisible marks, every run of white space one space."""
    composed = unicodedata.normalize("NFC", text)
    visible = "".join(c for c in composed if c not in "\u200b\u2060\ufeff\ufe0e\ufe0f")
    return " ".join(visible.split())


def same_address(one: str, other: str) -> bool:
    """Whether two URLs are the same but for scheme, letter case of the host and a closing slash."""
    return address(one) == address(other)


def address(url: str) -> str:
    """A URL without what two writings of the same may differ in."""
    rest = re.sub(r"^https?://(www\.)?", "", url.strip(), flags=re.IGNORECASE)
    host, slash, path = rest.partition("/")
    return (host.lower() + slash + path).rstrip("/")


def _timely(post: Published, sent_at: datetime) -> bool:
    moment = post.published_at
    return moment is not None and sent_at - BEFORE <= moment <= sent_at + AFTER
