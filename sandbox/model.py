"""The things a world is made of: brands, accounts, posts and their counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Network = Literal[
    "facebook",
    "x",
    "instagram",
    "linkedin",
    "tiktok",
    "youtube",
    "pinterest",
    "threads",
    "bluesky",
    "mastodon",
]
Kind = Literal[
    "status", "link", "photo", "video", "event", "note", "album", "reel", "story", "document", "short"
]
VIDEOS: frozenset[Kind] = frozenset({"video", "reel", "short"})
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Account:
    """One account of a network: a page, a profile, a channel."""

    id: str
    network: Network
    brand: str
    name: str
    username: str
    timezone: str
    website: str
    about: str
    colour: str
    created_at: datetime

    @cached_property
    def zone(self) -> ZoneInfo:
        """The account's time zone."""
        return ZoneInfo(self.timezone)


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand with the accounts it owns, at most one on each network."""

    key: str
    name: str
    timezone: str
    colour: str
    accounts: tuple[Account, ...]

    def account(self, network: Network) -> Account | None:
        """The brand's account on a network, or None."""
        return next((account for account in self.accounts if account.network == network), None)

    @property
    def facebook(self) -> Account:
        """The brand's page; every brand has one."""
        page = self.account("facebook")
        assert page is not None  # noqa: S101 - by construction of every world
        return page

    @property
    def x(self) -> Account | None:
        """The brand's account on X."""
        return self.account("x")


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of one post; None is what the network does not know.

    `reactions` are like, love, wow, haha, sad, angry; all networks but Facebook fill the first only.
    `shares` are reposts on X and `comments` replies. All are final values, or the values reached at some age.
    """

    reactions: tuple[int, int, int, int, int, int]
    comments: int
    shares: int
    views: int | None = None
    reach: int | None = None
    clicks: int | None = None
    profile_clicks: int | None = None
    quotes: int = 0
    bookmarks: int = 0
    watch_s: float | None = None
    stated_reactions: int | None = None
    """The total as a source states it, where that differs from the sum of the kinds."""

    @property
    def reacted(self) -> int:
        """Reactions of all kinds."""
        return sum(self.reactions) if self.stated_reactions is None else self.stated_reactions

    @property
    def engagement(self) -> int:
        """Reactions, comments and shares together."""
        return self.reacted + self.comments + self.shares


@dataclass(frozen=True, slots=True)
class Post:
    """One public post.

    `settled` posts carry counts that no longer grow. `published` is False for posts accepted as unpublished.
    """

    id: str
    account_id: str
    created_at: datetime
    text: str
    kind: Kind
    link: str | None
    final: Counts
    settled: bool = False
    published: bool = True
    reply_to: str | None = None
    quote_of: str | None = None


class World(Protocol):
    """A known truth that can be asked what happened until a moment."""

    fingerprint: str
    """Tells worlds apart that must not share accepted posts and tokens."""
    brands: tuple[Brand, ...]

    def start(self, anchor: datetime) -> None:
        """Fix the moment the world's history ends and its future begins (UTC)."""

    def native_posts(self, account: Account, until: datetime) -> Sequence[Post]:
        """Posts the account made by itself up to `until` (UTC), oldest first."""

    def final_counts(
        self, account: Account, post_id: str, created_at: datetime, text: str, kind: Kind
    ) -> Counts:
        """What a post accepted through the API will have reached once it is old."""

    def followers(self, account: Account, at: datetime) -> int | None:
        """Followers at a moment (UTC); None where unknown."""

    def daily(self, account: Account, first: int, last: int) -> dict[str, Floats] | None:
        """Follower movements of the local days `first`..`last` (proleptic ordinals); None where unknown.

        Keys: follows, unfollows, followers (at the end of the day), visits.
        """

    def delivered(self, account: Account, day: int) -> bool:
        """Whether the network delivered numbers for that local day at all."""

    def truth(self, now: datetime) -> dict[str, Any]:
        """Everything the world knows that the networks' interfaces do not say."""
