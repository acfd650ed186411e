"""Changing a post before it is sent, and deleting it: whole or not at all, whoever comes first.

The post's row and those of its publications are locked, in this order. A publisher that holds one of them
finds a new version and leaves it; one that was faster has made it ``publishing``, and the change is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.database import utc_now
from foundation.settings import get_settings
from publishing import gate
from publishing.changes import AFRESH, NotAllowedError, change, locked_post, why_not
from publishing.compose import DueTimes, add_publications, checked_plan, columns_of, due_times, first_state
from publishing.drafts import Draft, Planned
from publishing.models import Post, PostRevision, Publication
from publishing.senders import ConnectedSenders, Senders
from publishing.states import Event, State, allows

CHANGED = "Someone changed this post meanwhile. Look at it as it is now, then change it again."
MOVED = "This post was moved, sent or cancelled meanwhile. Look at it as it is now, then change it again."
FILED_BY = ("labels", "campaign_id", "campaign_offset", "recurrence_id", "occurrence")
HELD = (State.PUBLISHING, State.UNKNOWN)
WAITING = (State.DRAFT, State.IN_REVIEW, State.APPROVED, State.SCHEDULED)


class ConflictError(ValueError):
    """Someone changed the post since it was read; the message is for people."""


def edit_post(
    session: Session,
    post_id: UUID,
    draft: Draft,
    *,
    version: int,
    by: UUID | None = None,
    seen: Mapping[UUID, datetime | None] | None = None,
    senders: Senders | None = None,
) -> int:
    """Replace what a post says and where and when it goes, where it is not sent yet; its new version.

    `version` is the one the change was made from, `seen` the times that its author saw (`Opened.seen`): a new
    time or a cancellation leaves the version alone. What was said before is kept as a revision. A post that
    was approved has to be approved again.

    Raises:
        DraftError: with everything that is wrong with it.
        ConflictError: it was changed, moved or cancelled meanwhile.
        NotAllowedError: it is being sent now, is all published, or does not exist.
    """
    post = locked_post(session, post_id)
    if post.version != version:
        raise ConflictError(CHANGED)
    present = _publications(session, post_id)
    if held := next((one for one in present if one.current in HELD), None):
        raise NotAllowedError(why_not(held.current))
    if seen is not None and any(_has_moved(one, seen) for one in present):
        raise ConflictError(MOVED)
    plan = checked_plan(session, post.organization_id, draft, senders or ConnectedSenders(get_settings()))
    columns = columns_of(draft)
    _refuse_what_is_over(post, present, plan, columns)
    _keep_revision(session, post, by)
    for name, value in columns.items():
        setattr(post, name, value)
    post.version += 1
    in_review = not draft.unfinished and gate.is_needed(session, draft.brand_id)
    _replace(session, post, present, plan, first_state(draft, in_review=in_review), due_times(draft))
    gate.withdraw(session, post_id)
    if in_review and any(one.current is State.IN_REVIEW for one in _publications(session, post_id)):
        gate.open_round(session, post.organization_id, post_id, draft.brand_id, post.version, by)
    return post.version


def delete_post(session: Session, post_id: UUID) -> None:
    """Cancel what is not sent yet, and take the post out of the lists. What is public stays on its network.

    Raises:
        NotAllowedError: it is being sent now, or does not exist.
    """
    post = locked_post(session, post_id)
    present = _publications(session, post_id)
    if held := next((one for one in present if one.current in HELD), None):
        raise NotAllowedError(why_not(held.current))
    for publication in present:
        if allows(publication.current, Event.CANCEL):
            change(publication, Event.CANCEL)
    gate.withdraw(session, post_id)
    post.deleted_at = utc_now()
    post.version += 1


def _replace(
    session: Session,
    post: Post,
    present: Sequence[Publication],
    plan: Sequence[Planned],
    state: State,
    due: DueTimes,
) -> None:
    """Bring the publications that are not sent to the plan; what was attempted stays in the ledger."""
    rows = {(one.account_id, one.part): one for one in present}
    wanted = {(one.account.id, one.part): one for one in plan}
    for place, publication in rows.items():
        if place not in wanted and allows(publication.current, Event.CANCEL):
            change(publication, Event.CANCEL)
        elif place in wanted and allows(publication.current, Event.REVISE):
            due_at = due.on(publication.account_id)
            change(publication, Event.REVISE, own=wanted[place].own, due_at=due_at, **AFRESH)
            publication.state = state
    missing = [one for place, one in wanted.items() if place not in rows]
    ids = {place: one.id for place, one in rows.items()}
    add_publications(session, post.organization_id, post.id, missing, state, due, present=ids)


def _has_moved(publication: Publication, seen: Mapping[UUID, datetime | None]) -> bool:
    """Whether it got another time, went out or was cancelled since it was seen."""
    if publication.part or publication.account_id not in seen:
        return False
    moved = publication.current in WAITING and publication.due_at != seen[publication.account_id]
    return moved or publication.current in (State.PUBLISHED, State.CANCELLED)


def _refuse_what_is_over(
    post: Post, present: Sequence[Publication], plan: Sequence[Planned], columns: Mapping[str, object]
) -> None:
    """What was said stays, where nothing is left to be sent; only how it is filed may change."""
    places = {(one.account_id, one.part) for one in present}
    is_open = any(allows(one.current, Event.REVISE) for one in present) or not present
    if is_open or any((one.account.id, one.part) not in places for one in plan):
        return
    if any(getattr(post, name) != value for name, value in columns.items() if name not in FILED_BY):
        raise NotAllowedError(why_not(State.PUBLISHED))


def content_of(post: Post) -> dict[str, Any]:
    """What a revision keeps."""
    names = ("text", "link", "kind", "title", "media", "parts", "first_comment", "labels")
    return {name: getattr(post, name) for name in names}


def _publications(session: Session, post_id: UUID) -> list[Publication]:
    query = select(Publication).where(Publication.post_id == post_id).order_by(Publication.id)
    return list(session.scalars(query.with_for_update().execution_options(populate_existing=True)))


def _keep_revision(session: Session, post: Post, by: UUID | None) -> None:
    session.add(
        PostRevision(
            organization_id=post.organization_id,
            post_id=post.id,
            version=post.version,
            content=content_of(post),
            made_by=by,
        )
    )
