"""Posts: writing, reading, changing and deleting them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Body, Query

from app import sending
from app.api import showing
from app.api.callers import member
from app.api.drafting import change_post, new_draft
from app.api.route import Router
from app.api.schemas.common import Listed
from app.api.schemas.posts import Asked, NewPost, Post, PostChanges, PostInFull
from app.api.schemas.scheduling import Clashes
from identity.errors import NotFoundError
from identity.paging import after, moment, one_more, page
from identity.permissions import Permission
from identity.work import Work
from publishing import editing, reading
from publishing.compose import create_post
from publishing.reading import Found
from publishing.scheduling import clashes
from publishing.scheduling.moving import require_all_accounts

router = Router("posts")
Reading = Annotated[Work, member(Permission.POSTS_READ)]
Writing = Annotated[Work, member(Permission.POSTS_WRITE)]


@router.get("/posts", summary="List the posts")
def list_all(work: Reading, asked: Annotated[Asked, Query()]) -> Listed[Post]:
    """The newest first. One of its publications is in `state`, on the account, and due in that time."""
    place = after(asked.cursor, moment, UUID)
    rows = reading.posts(work.session, asked.wanted, one_more(asked.limit), place and (place[0], place[1]))
    found = page(rows, asked.limit, showing.post, lambda row: [row.post.created_at, row.post.id])
    return Listed(items=found.items, next_cursor=found.next_cursor)


@router.post("/posts", status_code=201, summary="Write a post")
def create(new: NewPost, work: Writing) -> PostInFull:
    """On all its accounts, or on none. What is due now is sent at once; where the brand's posts are approved,
    it is in review first.
    """
    post_id = create_post(work.session, work.principal.organization_id, new_draft(work, new))
    return _sent_and_shown(work, post_id)


@router.post("/posts/clashes", summary="What a draft clashes with")
def find_clashes(new: NewPost, work: Reading) -> Clashes:
    """Posts close to it on its accounts, and posts that say the same. Nothing is saved or refused."""
    found = clashes.clashes(work.session, new_draft(work, new))
    return Clashes.model_validate({"items": found})


@router.get("/posts/{post_id:uuid}", summary="One post")
def get(post_id: UUID, work: Reading) -> PostInFull:
    """Everything about it: on each account its state, what was sent, every attempt, what went wrong and what
    to do; and what it said before.
    """
    return showing.read_post(work.session, post_id)


@router.patch("/posts/{post_id:uuid}", summary="Change a post")
def update(post_id: UUID, changes: Annotated[PostChanges, Body()], work: Writing) -> PostInFull:
    """Changes what is sent, where it is not public yet. Refused while it is being sent, and when somebody
    changed it since `version`. What was approved has to be approved again.
    """
    _find(work, post_id)
    change_post(work, post_id, changes)
    return _sent_and_shown(work, post_id)


@router.delete("/posts/{post_id:uuid}", status_code=204, summary="Delete a post")
def delete(post_id: UUID, work: Writing) -> None:
    """What is not sent yet is cancelled; what is public stays on its network."""
    _find(work, post_id)
    require_all_accounts(work.session)
    editing.delete_post(work.session, post_id)


def _find(work: Work, post_id: UUID) -> Found:
    found = reading.post(work.session, post_id)
    if found is None:
        raise NotFoundError("There is no such post.")
    return found


def _sent_and_shown(work: Work, post_id: UUID) -> PostInFull:
    """The post as it is now; what of it is due is sent once this is committed."""
    work.session.flush()
    found = _find(work, post_id)
    sending.once_committed(work.session, [one.row for one in found.publications])
    return showing.read_post(work.session, post_id)
