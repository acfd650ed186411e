"""What people say about a post: among themselves, or for the client to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.database import utc_now
from identity.permissions import Role
from publishing import happenings
from publishing.approvals.models import ApprovalDecision, ApprovalRound, Comment
from publishing.approvals.people import By, approvers
from publishing.approvals.words import checked
from publishing.changes import NotAllowedError
from publishing.happenings import Kind
from publishing.models import Post


@dataclass(frozen=True)
class Remark:
    """A comment, as people read it. `at` is aware UTC."""

    id: UUID
    by_name: str
    person_id: UUID | None
    words: str
    for_client: bool
    at: datetime


def comment(session: Session, post_id: UUID, by: By, words: str, *, for_client: bool) -> UUID:
    """Say something about a post; its id. What is not `for_client` the client never sees, nor is told of.

    Raises:
        NotAllowedError: there is no such post.
        WordsError: there are no words, too many, or such as can't be kept.
    """
    said = checked(words, asked="Write something.")
    query = select(Post).where(Post.id == post_id, Post.deleted_at.is_(None))
    post = session.scalars(query).one_or_none()
    if post is None:
        raise NotAllowedError("This post does not exist.")
    made = Comment(
        id=uuid4(),
        organization_id=post.organization_id,
        post_id=post_id,
        person_id=by.person_id,
        by_name=by.name,
        words=said,
        for_client=for_client,
        created_at=utc_now(),
    )
    session.add(made)
    session.flush()
    details = {
        "by_name": by.name,
        "by_person_id": by.person_id,
        "words": said,
        "for_client": for_client,
        "person_ids": sorted(map(str, _listeners(session, post, for_client=for_client))),
    }
    happenings.note(session, post.organization_id, Kind.COMMENTED, post_id=post_id, details=details)
    return made.id


def comments_of(session: Session, post_id: UUID, *, of_client: bool = False) -> list[Remark]:
    """The comments on a post, oldest first; `of_client`: those alone that the client may read."""
    query = select(Comment).where(Comment.post_id == post_id).order_by(Comment.created_at, Comment.id)
    if of_client:
        query = query.where(Comment.for_client)
    return [
        Remark(row.id, row.by_name, row.person_id, row.words, row.for_client, row.created_at)
        for row in session.scalars(query)
    ]


def _listeners(session: Session, post: Post, *, for_client: bool) -> frozenset[UUID]:
    """Whoever wrote, submitted, decided or said something here; of clients only what is for them."""
    rounds = select(ApprovalRound.id).where(ApprovalRound.post_id == post.id)
    found = {post.created_by}
    for query in (
        select(ApprovalRound.submitted_by).where(ApprovalRound.post_id == post.id),
        select(ApprovalDecision.person_id).where(ApprovalDecision.round_id.in_(rounds)),
        select(Comment.person_id).where(Comment.post_id == post.id),
    ):
        found |= set(session.scalars(query))
    people = frozenset(one for one in found if one is not None)
    if for_client:
        return people
    members = approvers(session, post.organization_id, post.brand_id)
    return people - {one.person_id for one in members.values() if one.role is Role.CLIENT}
