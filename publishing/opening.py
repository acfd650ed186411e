"""A stored post as the draft it was composed as: to be changed, and given to `publishing.editing`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.settings import get_settings
from platforms.capabilities import Capabilities
from publishing import library
from publishing.changes import NotAllowedError
from publishing.content import Content, File, files, of_post
from publishing.drafts import Draft
from publishing.editing import WAITING
from publishing.fitting import kind_on, originals
from publishing.models import Post, Publication
from publishing.senders import ConnectedSenders, Senders
from publishing.states import Event, State, allows


@dataclass(frozen=True)
class Opened:
    """The draft, the version a change of it is made from, and where it stands on each account.

    `seen` is when it falls due on each account where it is not public yet (aware UTC), for
    `publishing.editing.edit_post`.
    """

    draft: Draft
    version: int
    states: Mapping[UUID, State]
    seen: Mapping[UUID, datetime | None]


def opened(session: Session, post_id: UUID, *, senders: Senders | None = None) -> Opened:
    """Open a post to change it. What `publishing.fitting` made for a network is taken back.

    Raises:
        NotAllowedError: it does not exist.
    """
    senders = senders or ConnectedSenders(get_settings())
    post = session.scalars(select(Post).where(Post.id == post_id, Post.deleted_at.is_(None))).one_or_none()
    if post is None:
        raise NotAllowedError("This post does not exist.")
    query = select(Publication).where(Publication.post_id == post_id, Publication.part == 0)
    found = [one for one in session.scalars(query.order_by(Publication.id)) if _counts(one)]
    whole = of_post(post)
    own = {
        one.account_id: _without_fitting(session, whole, one.own, senders.capabilities(one.network))
        for one in found
    }
    due_at, times = _due(found)
    draft = Draft(
        brand_id=post.brand_id,
        account_ids=[one.account_id for one in found],
        text=post.text,
        link=post.link,
        due_at=due_at,
        created_by=post.created_by,
        id=post.id,
        kind=whole.kind,
        title=post.title,
        media=whole.media,
        own={account_id: said for account_id, said in own.items() if said},
        times=times,
        parts=post.parts,
        first_comment=post.first_comment,
        labels=post.labels,
        campaign_id=post.campaign_id,
        campaign_offset=post.campaign_offset,
        recurrence_id=post.recurrence_id,
        occurrence=post.occurrence,
        unfinished=all(one.current is State.DRAFT for one in found),
    )
    return Opened(
        draft,
        post.version,
        {one.account_id: one.current for one in found},
        {one.account_id: one.due_at for one in found if one.current is not State.PUBLISHED},
    )


def _due(found: Sequence[Publication]) -> tuple[datetime | None, dict[UUID, datetime]]:
    """The time that most of what waits has, the earliest of several such; and the other times, by account.

    Where nothing waits with a time, the earliest of those that may be given one again.
    """
    waiting = {one.account_id: one.due_at for one in found if one.due_at and one.current in WAITING}
    if not waiting:
        again = [one.due_at for one in found if one.due_at and allows(one.current, Event.REVISE)]
        return min(again, default=None), {}
    often = Counter(waiting.values())
    usual = min(often, key=lambda at: (-often[at], at))
    return usual, {account_id: at for account_id, at in waiting.items() if at != usual}


def _counts(publication: Publication) -> bool:
    return publication.current is not State.CANCELLED


def _without_fitting(
    session: Session, whole: Content, own: Mapping[str, Any], capabilities: Capabilities
) -> dict[str, Any]:
    found = dict(own)
    if "media" in found:
        made = files(found.pop("media"))
        if not _is_made_from(made, whole.media):
            found["media"] = [_original(session, file) for file in made]
    if found.get("cover"):
        found["cover"] = _original(session, File(**found["cover"]))
    if "media" not in found and found.get("kind") == kind_on(capabilities, whole.kind, len(whole.media)):
        del found["kind"]
    return found


def _is_made_from(made: tuple[File, ...], whole: tuple[File, ...]) -> bool:
    return originals(made) == [file.key for file in whole] and [one.alt for one in made] == [
        one.alt for one in whole
    ]


def _original(session: Session, file: File) -> dict[str, Any]:
    known = library.find(session, file.made_from, alt=file.alt) if file.made_from else None
    return vars(known or replace(file, made_from=None))
