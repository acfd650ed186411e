"""What an author is told before saving: posts close together on an account, and posts that say the same.

A clash is never a refusal: it is the author's to judge.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, literal_column, or_, select
from sqlalchemy.orm import Session

from foundation.database import utc_now
from publishing.claim import is_state
from publishing.compose import due_times
from publishing.content import Content, of_post
from publishing.drafts import Draft
from publishing.models import ACCOUNTS, Post, Publication
from publishing.states import State

CLOSE = timedelta(minutes=15)
LATELY = timedelta(days=30)  # so long ago may be what was published
ALIKE = 0.6  # of the shingles of two texts, as Jaccard's index
SHINGLE = 5  # characters
MOST = 1_000  # publications looked at on one account, the nearest in time first
COMING = (State.DRAFT, State.IN_REVIEW, State.APPROVED, State.SCHEDULED, State.PUBLISHING, State.UNKNOWN)
_ADDRESS = re.compile(r"https?://\S+")
_SIGNS = re.compile(r"[\W_]+")


class Clash(StrEnum):
    """In which way two posts get in each other's way."""

    CLOSE = "close"
    ALIKE = "alike"


@dataclass(frozen=True)
class Found:
    """A post that another one clashes with on an account.

    `at` is when it falls due or was published (aware UTC; None: it has no time); `apart` how long before or
    after; `likeness` is from 0 to 1.
    """

    clash: Clash
    account_id: UUID
    account_name: str
    post_id: UUID
    state: State
    at: datetime | None
    apart: timedelta | None
    likeness: float
    text: str

    @property
    def words(self) -> str:
        """What the author is told; the time is left to the page, which knows the clock."""
        if self.clash is Clash.CLOSE and self.apart is not None:
            minutes = round(self.apart / timedelta(minutes=1))
            distance = f"{minutes} min apart" if minutes else "at the same time"
            return f"{self.account_name}: another post goes out {distance}."
        same = "says the same" if self.likeness == 1 else "says nearly the same"
        when = "was published lately" if self.state is State.PUBLISHED else "is on its way"
        return f"{self.account_name}: a post that {same} {when}."


def clashes(
    session: Session,
    draft: Draft,
    *,
    post_id: UUID | None = None,
    close: timedelta = CLOSE,
    lately: timedelta = LATELY,
    now: datetime | None = None,
) -> list[Found]:
    """What a draft clashes with on its accounts, the nearest in time first.

    `post_id` is the post that the draft is to change. A draft without a time goes out now, one that is
    `unfinished` has none. A post that both is close and says the same is named for each. That the posts of a
    recurrence say the same is meant, and not told of its own.
    """
    now = now or utc_now()
    due = due_times(draft, now)
    found = []
    for account_id in dict.fromkeys(draft.account_ids):
        said = draft.content.with_own(draft.own.get(account_id, {}))
        prints = _shingles(said)
        due_at = due.on(account_id)
        rows = session.execute(_others(account_id, due_at or now, now - lately))
        for post, publication, name in rows:
            if post.id in (post_id, draft.id) or _is_sibling(post, draft):
                continue
            for clash, likeness in _between(post, publication, due_at, prints, close):
                found.append(_told(post, publication, name, clash, likeness, due_at))
    return sorted(found, key=lambda one: (one.apart is None, one.apart or timedelta()))


def likeness(one: Content, other: Content) -> float:
    """How alike two posts are, from 0 to 1: of all runs of five characters, how many both have.

    Case, accents' encoding, signs, links and blanks do not count. Posts without words are alike if they show
    the same files. Source: Broder, On the resemblance and containment of documents (1997).
    """
    return _jaccard(_shingles(one), _shingles(other))


def normalised(text: str) -> str:
    """The bare words of a text, by one blank each."""
    plain = _ADDRESS.sub(" ", unicodedata.normalize("NFKC", text)).casefold()
    return _SIGNS.sub(" ", plain).strip()


def _shingles(content: Content) -> frozenset[str]:
    words = normalised(content.text)
    if not words:
        return frozenset(f"file {file.key}" for file in content.media)
    return frozenset(words[start : start + SHINGLE] for start in range(max(1, len(words) - SHINGLE + 1)))


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _between(
    post: Post, publication: Publication, due_at: datetime | None, prints: frozenset[str], close: timedelta
) -> Iterator[tuple[Clash, float]]:
    content = Content().with_own(publication.sent) if publication.sent else _said(post, publication.own)
    alike = _jaccard(prints, _shingles(content))
    at = _moment(publication)
    if due_at is not None and at is not None and abs(at - due_at) < close:
        yield Clash.CLOSE, alike
    if alike >= ALIKE:
        yield Clash.ALIKE, alike


def _is_sibling(post: Post, draft: Draft) -> bool:
    return draft.recurrence_id is not None and post.recurrence_id == draft.recurrence_id


def _said(post: Post, own: dict[str, Any]) -> Content:
    return of_post(post).with_own(own)


def _moment(publication: Publication) -> datetime | None:
    return publication.published_at or publication.due_at


def _told(
    post: Post, publication: Publication, name: str, clash: Clash, alike: float, due_at: datetime | None
) -> Found:
    at = _moment(publication)
    return Found(
        clash=clash,
        account_id=publication.account_id,
        account_name=name,
        post_id=post.id,
        state=publication.current,
        at=at,
        apart=abs(at - due_at) if at and due_at else None,
        likeness=alike,
        text=post.text,
    )


def _others(account_id: UUID, due_at: datetime, since: datetime) -> Select[tuple[Post, Publication, str]]:
    """What is on its way on an account, and what was published there lately; parts of threads left out."""
    coming = Publication.state.in_([literal_column(f"'{state.value}'") for state in COMING])
    lately = and_(is_state(State.PUBLISHED), Publication.published_at >= since)
    at = func.coalesce(Publication.published_at, Publication.due_at)
    return (
        select(Post, Publication, ACCOUNTS.c.name)
        .join(Post, Post.id == Publication.post_id)
        .join(ACCOUNTS, ACCOUNTS.c.id == Publication.account_id)
        .where(
            Publication.account_id == account_id,
            Publication.part == 0,
            Post.deleted_at.is_(None),
            or_(coming, lately),
        )
        .order_by(func.abs(func.extract("epoch", at) - due_at.timestamp()).nulls_last())
        .limit(MOST)
    )
