"""Changing what a post says together with when it goes: into a queue or a campaign, or where it is already.

In one transaction, and locked in the order that `moving` says: the queue or the campaign comes first.
All within the session of one organization: row-level security hides every other's rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from publishing.drafts import Draft
from publishing.editing import CHANGED, ConflictError, delete_post, edit_post
from publishing.scheduling import campaigns, queueing, recurrences
from publishing.scheduling.moving import locked_posts, locked_publications, move
from publishing.scheduling.places import locked_queue
from publishing.senders import Senders


def edit_in_queue(
    session: Session,
    queue_id: UUID,
    post_id: UUID,
    draft: Draft,
    *,
    version: int,
    by: UUID | None = None,
    seen: Mapping[UUID, datetime | None] | None = None,
    senders: Senders | None = None,
) -> None:
    """Change a post, and have it in this queue: at the slot it has there, or else at the next free one.

    `seen`: see `edit_post`.

    Raises:
        DraftError: with everything that is wrong with it, or with the queue.
        ConflictError: it was changed, moved or cancelled meanwhile.
        NotAllowedError: it is being sent now, or the post or the queue does not exist.
    """
    locked_queue(session, queue_id)
    there = queueing.placed(session, post_id)
    stays = there is not None and there.queue_id == queue_id
    slot_at = there.slot_at if there is not None and stays else None
    draft = replace(draft, due_at=slot_at, campaign_id=None, campaign_offset=None)
    edit_post(session, post_id, draft, version=version, by=by, seen=seen, senders=senders)
    session.flush()
    if not stays:
        queueing.add(session, queue_id, post_id)
    elif slot_at is None:  # the queue is paused
        for publication in locked_publications(session, [post_id])[post_id]:
            move(publication, None)
        session.flush()


def edit_in_campaign(
    session: Session,
    campaign_id: UUID,
    post_id: UUID,
    draft: Draft,
    offset: timedelta,
    *,
    version: int,
    by: UUID | None = None,
    seen: Mapping[UUID, datetime | None] | None = None,
    senders: Senders | None = None,
) -> None:
    """Change a post, and have it in this campaign at a distance from the launch.

    `seen`: see `edit_post`.

    Raises:
        DraftError: with everything that is wrong with it, or its time would be past.
        ConflictError: it was changed, moved or cancelled meanwhile.
        NotAllowedError: it is being sent now, the post or the campaign does not exist, or the caller sees
            only single accounts.
    """
    campaigns.locked(session, campaign_id)
    draft = replace(draft, due_at=None)
    edit_post(session, post_id, draft, version=version, by=by, seen=seen, senders=senders)
    session.flush()
    campaigns.put_in(session, campaign_id, post_id, offset)


def repeat(
    session: Session,
    organization_id: UUID,
    post_id: UUID,
    draft: Draft,
    rule: str,
    starts: datetime,
    *,
    version: int,
    senders: Senders | None = None,
) -> UUID:
    """Begin a recurrence (see `recurrences.create`) of what a draft says that is kept as a post; its id.

    The draft is in the recurrence from then on, and deleted as a post.

    Raises:
        DraftError: with everything that is wrong with the draft or the rule.
        ConflictError: it was changed meanwhile.
        NotAllowedError: it is being sent now, or does not exist.
    """
    if (post := locked_posts(session, [post_id]).get(post_id)) is not None and post.version != version:
        raise ConflictError(CHANGED)
    made = recurrences.create(session, organization_id, draft, rule, starts, senders=senders)
    delete_post(session, post_id)
    return made
