"""What a network shows at a moment: the world's own posts and the accepted ones, growing with age."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, cast

import numpy as np

from sandbox import truth
from sandbox.ids import first_sequence, from_milliseconds, milliseconds, post_id
from sandbox.model import VIDEOS, Account, Counts, Floats, Kind, Network, Post, World
from sandbox.outcomes import at_age
from sandbox.store import Accepted, Store

COMMENT = "comment"
"""The kind of what was accepted as a comment: it is none of the account's posts."""
_STILL_GROWING = timedelta(days=30)
"""Older posts gain nothing worth counting."""


class Duplicate(Exception):
    """The account published the same a short while ago."""


class Timeline:
    """Joins a world and a store. All times are UTC."""

    def __init__(self, world: World, store: Store, duplicate_window: timedelta) -> None:
        self._world, self._store, self._window = world, store, duplicate_window
        self.accounts: dict[str, Account] = {}
        for brand in world.brands:
            self.accounts |= {account.id: account for account in brand.accounts}
        self._cache: dict[str, tuple[object, list[Post], dict[str, Post]]] = {}
        self._finals: dict[str, Counts] = {}

    def accounts_of(self, network: Network) -> list[Account]:
        """The accounts of a network, in the world's order."""
        return [account for account in self.accounts.values() if account.network == network]

    def posts(self, account: Account, now: datetime) -> list[Post]:
        """Posts of the account until `now`, unpublished ones too, deleted ones not; oldest first."""
        return self._view(account, now)[0]

    def find(self, post_id: str, network: Network, now: datetime) -> tuple[Account, Post] | None:
        """A post by its id, unless deleted or not yet made."""
        owner = self.accounts.get(self._store.account_of(post_id) or "")
        for account in [owner] if owner and owner.network == network else self.accounts_of(network):
            post = self._view(account, now)[1].get(post_id)
            if post is not None:
                return account, post
        return None

    def _view(self, account: Account, now: datetime) -> tuple[list[Post], dict[str, Post]]:
        native = self._world.native_posts(account, now)
        accepted = [
            p
            for p in self._store.accepted(account=account.id)
            if not p.deleted_at and p.created_at <= now and p.kind != COMMENT
        ]
        state = (self._store.version, len(native), len(accepted))
        cached = self._cache.get(account.id)
        if cached is None or cached[0] != state:
            gone = self._store.deleted_native()
            posts = [post for post in native if post.id not in gone] if gone else list(native)
            posts.extend(self._as_post(account, post) for post in accepted)
            posts.sort(key=lambda post: (post.created_at, post.id))
            cached = (state, posts, {post.id: post for post in posts})
            self._cache[account.id] = cached
        return cached[1], cached[2]

    def _as_post(self, account: Account, post: Accepted) -> Post:
        final = self._finals.get(post.id)
        if final is None:
            kind = cast(Kind, post.kind)
            final = self._world.final_counts(account, post.id, post.created_at, post.text, kind)
            self._finals[post.id] = final
        return Post(
            *(post.id, account.id, post.created_at, post.text, cast(Kind, post.kind), post.link, final),
            published=post.published,
            reply_to=post.reply_to,
            quote_of=post.quote_of,
        )

    def counts(self, post: Post, now: datetime) -> Counts:
        """What the post has reached by `now`."""
        if post.settled:
            return post.final
        return at_age(post.final, float(truth.grown((now - post.created_at).total_seconds())))

    def accept(
        self,
        account: Account,
        now: datetime,
        text: str,
        kind: Kind,
        payload: dict[str, Any],
        link: str | None = None,
        public_at: datetime | None = None,
        published: bool = True,
        reply_to: str | None = None,
        quote_of: str | None = None,
        own_id: str | None = None,
        refuse_duplicates: bool = True,
    ) -> Accepted:
        """Keep a new post, committed on return. `own_id` is an id the client chose, where it may.

        Raises Duplicate, unless told not to refuse what was published a short while ago.
        """
        created_at = from_milliseconds(milliseconds(public_at or now))
        sequence = first_sequence(account.network)
        new_id = own_id or post_id(account, created_at, sequence)
        while own_id is None and self._store.account_of(new_id) is not None:
            sequence += 1
            new_id = post_id(account, created_at, sequence)
        accepted = Accepted(
            *(new_id, account.network, account.id, text, kind, link, reply_to, quote_of),
            *(published, created_at, now, payload),
        )
        for post in self._store.alike(accepted) if refuse_duplicates else ():
            if now - post.accepted_at < self._window:
                raise Duplicate(post.id)
        self._store.accept(accepted)
        return accepted

    def delete(self, post: Post, now: datetime) -> None:
        """Remove a post from view, committed on return."""
        self._store.delete(post.id, now)

    def followers(self, account: Account, now: datetime) -> int | None:
        """Followers at `now`, or None where unknown."""
        return self._world.followers(account, now)

    def delivered(self, account: Account, day: int) -> bool:
        """Whether the network delivers the numbers of that local day (proleptic ordinal)."""
        return self._world.delivered(account, day)

    def daily(self, account: Account, first: int, last: int, now: datetime) -> dict[str, Floats] | None:
        """Numbers of the local days `first`..`last` (proleptic ordinals), each an array of that length.

        follows, unfollows, followers and visits come from the world; views, reach, engagement, reactions and
        video_views from the growth of every post during the day. None where the world knows no such numbers.
        """
        columns = self._world.daily(account, first, last)
        if columns is None:
            return None
        bounds = [day_start(account, day) for day in range(first, last + 2)]
        return columns | _gains(self.posts(account, now), bounds)


def day_start(account: Account, day: int) -> datetime:
    """The first moment (UTC) of a local day."""
    return datetime.combine(datetime.fromordinal(day), time(), account.zone).astimezone(UTC)


def _gains(posts: Sequence[Post], bounds: list[datetime]) -> dict[str, Floats]:
    """What the posts gained between each two neighbouring bounds."""
    since = bisect_left(posts, bounds[0] - _STILL_GROWING, key=lambda post: post.created_at)
    until = bisect_left(posts, bounds[-1], key=lambda post: post.created_at)
    alive = [post for post in posts[since:until] if post.published]
    edges = np.array([bound.timestamp() for bound in bounds])
    born = np.array([post.created_at.timestamp() for post in alive])
    shares = np.diff(truth.grown(edges[:, None] - born[None, :]), axis=0)
    finals = {
        "views": [post.final.views or 0 for post in alive],
        "reach": [post.final.reach or 0 for post in alive],
        "engagement": [post.final.engagement + (post.final.clicks or 0) for post in alive],
        "reactions": [post.final.reacted for post in alive],
        "video_views": [(post.final.views or 0) if post.kind in VIDEOS else 0 for post in alive],
        "comments": [post.final.comments for post in alive],
        "shares": [post.final.shares for post in alive],
        "clicks": [post.final.clicks or 0 for post in alive],
        "saves": [post.final.bookmarks for post in alive],
    }
    return {name: np.floor(shares @ np.array(values, dtype=np.float64)) for name, values in finals.items()}
