"""Writing a composed post where it belongs: at a moment, in a queue, in a campaign, or again and again."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.composing.composition import Stored
from app.composing.when import InCampaign, InQueue, NoTime, Repeating, Timing
from identity.principal import Principal
from publishing.changes import DraftError
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.editing import edit_post
from publishing.models import Post
from publishing.scheduling import campaigns, changing, queueing, recurrences


def create(session: Session, organization_id: UUID, draft: Draft, timing: Timing) -> UUID | None:
    """Make the post; its id. Of one that repeats, that of its first time, where that is made already.

    Raises:
        DraftError: with everything that is wrong with it.
        NotAllowedError: the queue or campaign does not exist (any more).
    """
    if isinstance(timing, InQueue):
        return queueing.create_in_queue(session, organization_id, timing.queue_id, draft).post_id
    if isinstance(timing, InCampaign):
        return campaigns.add_post(session, organization_id, timing.campaign_id, draft, timing.offset)
    if isinstance(timing, Repeating):
        made = recurrences.create(session, organization_id, draft, timing.rule, timing.starts)
        return _first(session, made)
    return create_post(session, organization_id, _at(draft, timing))


def change(
    session: Session, principal: Principal, stored: Stored, draft: Draft, timing: Timing
) -> UUID | None:
    """Change the stored post; its id, or what `create` returns where it repeats from now on.

    Raises:
        DraftError: with everything that is wrong with it.
        ConflictError: it was changed, moved or cancelled meanwhile.
        NotAllowedError: it is being sent now, or something of it does not exist (any more).
    """
    post_id, version, by, seen = stored.post_id, stored.version, principal.person_id, stored.seen
    if isinstance(timing, InQueue):
        changing.edit_in_queue(session, timing.queue_id, post_id, draft, version=version, by=by, seen=seen)
    elif isinstance(timing, InCampaign):
        campaign_id, offset = timing.campaign_id, timing.offset
        changing.edit_in_campaign(
            session, campaign_id, post_id, draft, offset, version=version, by=by, seen=seen
        )
    elif isinstance(timing, Repeating):
        organization_id, rule, starts = principal.organization_id, timing.rule, timing.starts
        made = changing.repeat(session, organization_id, post_id, draft, rule, starts, version=version)
        return _first(session, made)
    else:
        edit_post(session, post_id, _at(draft, timing), version=version, by=by, seen=seen)
    return post_id


def _at(draft: Draft, timing: Timing) -> Draft:
    if isinstance(timing, NoTime) and not draft.unfinished:
        raise DraftError([timing.problem])
    return draft


def _first(session: Session, recurrence_id: UUID) -> UUID | None:
    query = select(Post.id).where(Post.recurrence_id == recurrence_id).order_by(Post.occurrence).limit(1)
    return session.scalar(query)
