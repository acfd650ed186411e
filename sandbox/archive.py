"""A world of real Facebook posts from a csv.gz, served through the same interface as the generated one.

The file's times have a fixed offset of UTC-5. All chosen pages are shifted by one whole number of days, the
largest that leaves the newest post not after the anchor: the newest post is then less than 24 h old, every
post keeps its time of day, and all weekdays move by the same number of days. Counts are the file's and do not
grow. Follower numbers and views are unknown and stay so, also for posts accepted through the API.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from sandbox import truth
from sandbox.archive_file import Row, load_pages
from sandbox.model import Account, Brand, Counts, Floats, Kind, Post

ZONE = "Etc/GMT+5"
_COLOURS = ("#0f766e", "#b45309", "#4338ca", "#be123c", "#047857", "#7c3aed", "#1d4ed8", "#a16207")
_SPREAD_LOG_SD = 0.6


class ArchiveWorld:
    """Real pages, one brand each. Implements sandbox.model.World."""

    def __init__(self, path: Path, pages: Sequence[str]) -> None:
        """Read the file; raises ArchiveError with file, line and column when it is bad."""
        self._path = path
        rows = load_pages(path, pages)
        names = ",".join(rows)
        digest = hashlib.sha256(f"{path.resolve()}|{path.stat().st_size}|{names}".encode()).hexdigest()
        self.fingerprint = f"archive-{digest[:12]}"
        self.brands = tuple(_brand(i, name, found) for i, (name, found) in enumerate(rows.items()))
        self._rows = {brand.facebook.id: rows[brand.name] for brand in self.brands}
        self._posts: dict[str, list[Post]] = {}
        self._times: dict[str, list[datetime]] = {}
        self._shift_days = 0

    def start(self, anchor: datetime) -> None:
        """Shift every post so that the newest one lies within the 24 h before `anchor`."""
        newest = max(row.published_at for rows in self._rows.values() for row in rows)
        self._shift_days = (anchor - newest) // timedelta(days=1)
        shift = timedelta(days=self._shift_days)
        for page_id, rows in self._rows.items():
            posts = sorted((_post(page_id, row, shift) for row in rows), key=lambda post: post.created_at)
            self._posts[page_id] = posts
            self._times[page_id] = [post.created_at for post in posts]
        self._rows.clear()

    def native_posts(self, account: Account, until: datetime) -> Sequence[Post]:
        """The file's posts of a page up to `until` (UTC), oldest first."""
        return self._posts[account.id][: bisect_right(self._times[account.id], until)]

    def final_counts(
        self,
        account: Account,
        post_id: str,
        created_at: datetime,  # noqa: ARG002
        text: str,  # noqa: ARG002
        kind: Kind,  # noqa: ARG002
    ) -> Counts:
        """Counts drawn around the page's own median post; views stay unknown."""
        rng = truth.random(0, 0, 2, int(post_id.rpartition("_")[2]))
        finals = [post.final for post in self._posts[account.id]]
        factor = float(np.exp(rng.normal(0.0, _SPREAD_LOG_SD)))
        reactions = [np.median([final.reactions[i] for final in finals]) * factor for i in range(6)]
        like, love, wow, haha, sad, angry = (int(value) for value in reactions)
        return Counts(
            reactions=(like, love, wow, haha, sad, angry),
            comments=int(np.median([final.comments for final in finals]) * factor),
            shares=int(np.median([final.shares for final in finals]) * factor),
        )

    def followers(self, account: Account, at: datetime) -> int | None:  # noqa: ARG002
        """Unknown: the file has no follower counts."""
        return None

    def daily(self, account: Account, first: int, last: int) -> dict[str, Floats] | None:  # noqa: ARG002
        """Unknown: the file has no daily numbers."""
        return None

    def delivered(self, account: Account, day: int) -> bool:  # noqa: ARG002
        """No daily numbers exist, so none are delivered."""
        return False

    def truth(self, now: datetime) -> dict[str, Any]:  # noqa: ARG002
        """Where the posts come from and how far they were shifted; real pages have no known truth."""
        accounts = {
            brand.facebook.id: {
                "network": "facebook",
                "brand": brand.key,
                "posts": len(self._posts[brand.facebook.id]),
            }
            for brand in self.brands
        }
        return {
            "mode": "archive",
            "file": self._path.name,
            "shift_days": self._shift_days,
            "accounts": accounts,
        }


def _brand(index: int, name: str, rows: Sequence[Row]) -> Brand:
    page_id = rows[0].id.partition("_")[0]
    colour = _COLOURS[index % len(_COLOURS)]
    page = Account(
        id=page_id,
        network="facebook",
        brand=name.lower(),
        name=name,
        username=name.lower(),
        timezone=ZONE,
        website=f"https://www.facebook.com/{name}",
        about="",
        colour=colour,
        created_at=datetime(2010, 1, 1, tzinfo=UTC),
    )
    return Brand(page.brand, name, ZONE, colour, (page,))


def _post(page_id: str, row: Row, shift: timedelta) -> Post:
    link = f"https://{row.link_domain}/" if row.link_domain else None
    final = Counts(row.reactions, row.comments, row.shares, stated_reactions=row.stated_reactions)
    return Post(row.id, page_id, row.published_at + shift, row.text, row.kind, link, final, settled=True)
