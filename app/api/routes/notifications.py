"""A person's own notifications, in the organization they are in."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from app.api.callers import member
from app.api.route import Router
from app.api.schemas.common import Cursor, Limit, Listed, listed
from app.api.schemas.telling import MarkedRead, Notification, Read, Wish, Wishes, WishesIn
from identity.paging import DEFAULT_LIMIT
from identity.permissions import Permission
from identity.work import Work
from publishing.telling import inbox, wishes

router = Router("notifications")
Own = Annotated[Work, member(Permission.POSTS_READ)]


@router.get("/notifications", summary="List your notifications")
def list_all(
    work: Own,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    unread_only: Annotated[bool, Query(description="Only new ones.")] = False,
) -> Listed[Notification]:
    """The newest first; kept for 90 days, unless the installation sets `ALLIN_KEEP_NOTIFICATIONS_DAYS`."""
    return listed(inbox.listed(work, unread_only=unread_only, limit=limit, cursor=cursor), Notification)


@router.post("/notifications/read", summary="Mark notifications read")
def mark_read(read: Read, work: Own) -> MarkedRead:
    """These, or all."""
    return MarkedRead(count=inbox.mark_read(work, read.ids))


@router.get("/notifications/settings", summary="How you are told")
def settings(work: Own) -> Wishes:
    """In the app, by e-mail, or not at all, for each kind."""
    return _wishes(work)


@router.put("/notifications/settings", summary="Choose how you are told")
def choose(new: WishesIn, work: Own) -> Wishes:
    """Changes the kinds that are sent."""
    chosen = {one.kind: wishes.Wish(one.in_app, one.by_email) for one in new.wishes}
    wishes.choose(work.session, work.principal.organization_id, work.principal.person_id, chosen)
    return _wishes(work)


def _wishes(work: Work) -> Wishes:
    principal = work.principal
    found = wishes.of_person(work.session, principal.organization_id, principal.person_id)
    told = [Wish(kind=kind, in_app=wish.in_app, by_email=wish.by_email) for kind, wish in found.items()]
    return Wishes(wishes=told)
