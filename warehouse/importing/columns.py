"""The canonical columns of a file: what each is called, what it means, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a file is about: one row is a post, or the followers of an account on a day."""

    POSTS = "posts"
    FOLLOWERS = "followers"


class Reads(StrEnum):
    """How a cell is read."""

    ACCOUNT = "account"
    PLATFORM = "platform"
    ID = "id"
    MOMENT = "moment"
    DAY = "day"
    WORD = "word"
    TEXT = "text"
    ADDRESS = "address"
    COUNT = "count"


@dataclass(frozen=True)
class Column:
    """A canonical column; a row without a `needed` one is wrong. `also` are other names it may have."""

    name: str
    reads: Reads
    meaning: str
    needed: bool = False
    also: tuple[str, ...] = ()


ACCOUNT: Final = Column("account", Reads.ACCOUNT, "Name, handle or id of the account.", True)
PLATFORM: Final = Column(
    "platform", Reads.PLATFORM, "The network: facebook, instagram, x, …", True, ("network",)
)
ACCOUNT_ID: Final = Column(
    "account_id", Reads.ACCOUNT, "The network's own id of the account, where names are not unique."
)
POSTS: Final = (
    ACCOUNT,
    PLATFORM,
    Column("post_id", Reads.ID, "The network's id of the post.", True),
    Column("published_at", Reads.MOMENT, "When it appeared, ISO 8601 with an offset.", True),
    Column(
        "kind",
        Reads.WORD,
        "photo, carousel, video, link, status, reply, repost, story or document. Empty: link where there is "
        "one, else status.",
    ),
    Column("text", Reads.TEXT, "The text of the post."),
    Column("link", Reads.ADDRESS, "The address it leads to."),
    Column(
        "impressions", Reads.COUNT, "How often it was seen: views, since the networks call it so.", False,
        ("views",),
    ),
    Column("reach", Reads.COUNT, "How many people saw it."),
    Column("reactions", Reads.COUNT, "Likes and other reactions.", False, ("likes",)),
    Column("comments", Reads.COUNT, "Comments or replies.", False, ("replies",)),
    Column("shares", Reads.COUNT, "Shares or reposts.", False, ("reposts",)),
    Column("clicks", Reads.COUNT, "Clicks on links."),
    Column("saves", Reads.COUNT, "How often it was saved.", False, ("bookmarks",)),
    Column("permalink", Reads.ADDRESS, "Its own address on the network."),
    ACCOUNT_ID,
)  # fmt: skip
FOLLOWERS: Final = (
    ACCOUNT,
    PLATFORM,
    Column("date", Reads.DAY, "The day, on the account's clock: 2026-03-02.", True),
    Column("followers", Reads.COUNT, "How many followed at the end of that day.", True),
    ACCOUNT_ID,
)
COLUMNS: Final = {Kind.POSTS: POSTS, Kind.FOLLOWERS: FOLLOWERS}


def column(kind: Kind, name: str) -> Column:
    """The canonical column of this name. Raises KeyError."""
    return {one.name: one for one in COLUMNS[kind]}[name]


def normal(header: str) -> str:
    """A header as it is compared: without case, outer blanks, and what spreadsheets put between words."""
    return " ".join(header.replace("_", " ").replace("\u00a0", " ").split()).casefold()
