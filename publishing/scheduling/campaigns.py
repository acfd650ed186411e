"""Campaigns: posts at distances from a launch on the clock of the brand's zone. `launching` moves them.

All within the session of one organization: row-level security hides every other's rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from foundation.database import utc_now
from publishing.changes import DraftError, NotAllowedError, time_problems, why_not
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.editing import ConflictError
from publishing.models import Post, Publication
from publishing.scheduling import names
from publishing.scheduling.models import Campaign
from publishing.scheduling.moving import (
    UNDER_WAY,
    WAITING,
    locked_posts,
    locked_publications,
    move,
    require_all_accounts,
    zone_of_brand,
)
from publishing.scheduling.walltime import Happens, Reading, read, wall
from publishing.senders import Senders

FURTHEST = timedelta(days=366)
CHANGED = "Someone changed this campaign meanwhile. Look at it as it is now, then change it again."


@dataclass(frozen=True)
class CampaignView:
    """A campaign as people see it; `launch_at` is aware UTC, `zone` the brand's (IANA)."""

    id: UUID
    brand_id: UUID
    name: str
    zone: str
    launch_at: datetime | None
    posts: int
    version: int


@dataclass(frozen=True)
class Moved:
    """What a move did: the posts that have new times, and what is to be told of times that are not plain."""

    version: int
    post_ids: tuple[UUID, ...]
    notices: tuple[str, ...]


def create(
    session: Session, organization_id: UUID, brand_id: UUID, name: str, launch_at: datetime | None = None
) -> UUID:
    """A new campaign; `launch_at` is aware UTC, None while it is not known. Returns its id.

    Raises:
        DraftError: the name can't be used.
        NotAllowedError: there is no such brand.
    """
    zone_of_brand(session, brand_id)
    campaign = Campaign(
        id=uuid4(),
        organization_id=organization_id,
        brand_id=brand_id,
        name=names.checked(name),
        launch_at=aware(launch_at),
        version=1,
    )
    session.add(campaign)
    session.flush()
    return campaign.id


def rename(session: Session, campaign_id: UUID, name: str, *, version: int) -> int:
    """Give it another name; its new version.

    Raises:
        DraftError: the name can't be used.
        ConflictError: it was changed meanwhile.
        NotAllowedError: there is no such campaign.
    """
    campaign = locked_version(session, campaign_id, version)
    campaign.name = names.checked(name)
    session.flush()
    return campaign.version


def delete(session: Session, campaign_id: UUID, *, version: int) -> None:
    """Delete a campaign. Its posts keep their times and belong to none.

    Raises:
        ConflictError: it was changed meanwhile.
        NotAllowedError: there is no such campaign.
    """
    campaign = locked_version(session, campaign_id, version)
    session.execute(update(Post).where(Post.campaign_id == campaign_id).values(campaign_offset=None))
    session.delete(campaign)
    session.flush()


def time_of(launch_at: datetime, offset: timedelta, zone: ZoneInfo) -> Reading:
    """When a post falls due that stands `offset` from the launch on the zone's clock; before it, negative.

    Three days later is the same time of day, also where the clock was changed in between.
    """
    if not offset:
        return Reading(wall(launch_at, zone), zone, Happens.ONCE, launch_at, (launch_at,))
    return read(wall(launch_at, zone) + offset, zone)


def offset_of(launch_at: datetime, due_at: datetime, zone: ZoneInfo) -> timedelta:
    """How far on the zone's clock a moment (aware) stands from the launch (aware)."""
    return wall(due_at, zone) - wall(launch_at, zone)


def add_post(
    session: Session,
    organization_id: UUID,
    campaign_id: UUID,
    draft: Draft,
    offset: timedelta,
    *,
    senders: Senders | None = None,
) -> UUID:
    """Compose a post at a distance from the launch, whatever `due_at` the draft has; returns its id.

    While the launch is not known, the post waits without a time.

    Raises:
        DraftError: with everything that is wrong with it, or its time would be past.
        NotAllowedError: there is no such campaign.
    """
    campaign = locked(session, campaign_id)
    if draft.brand_id != campaign.brand_id:
        raise DraftError(["This campaign belongs to another brand."])
    _check(offset)
    due_at = _due(session, campaign, offset)
    no_time = due_at is None and not draft.unfinished
    draft = replace(
        draft, due_at=utc_now() if no_time else due_at, campaign_id=campaign_id, campaign_offset=offset
    )
    post_id = create_post(session, organization_id, draft, senders=senders)
    if no_time:
        for publication in locked_publications(session, [post_id])[post_id]:
            if publication.due_at == draft.due_at:
                move(publication, None)
        session.flush()
    return post_id


def put_in(session: Session, campaign_id: UUID, post_id: UUID, offset: timedelta) -> Moved:
    """Put a post that is there into a campaign, or give it another distance from its launch.

    Raises:
        DraftError: its time would be past, or it is another brand's.
        NotAllowedError: it is being sent now, does not exist, or the caller sees only single accounts.
    """
    require_all_accounts(session)
    campaign = locked(session, campaign_id)
    post = locked_posts(session, [post_id]).get(post_id)
    if post is None:
        raise NotAllowedError("This post does not exist.")
    if post.brand_id != campaign.brand_id:
        raise DraftError(["This campaign belongs to another brand."])
    _check(offset)
    rows = locked_publications(session, [post_id])[post_id]
    refuse_under_way(rows)
    due_at = _due(session, campaign, offset)
    waiting = [one for one in rows if one.current in WAITING]
    if waiting and (problems := time_problems(due_at)):
        raise DraftError(problems)
    for publication in waiting:
        move(publication, due_at)
    post.campaign_id, post.campaign_offset = campaign_id, offset
    session.flush()
    return Moved(campaign.version, (post_id,), tuple(_notices(session, campaign, [offset])))


def take_out(session: Session, post_id: UUID) -> None:
    """Take a post out of its campaign; it keeps its time. May be repeated.

    Raises:
        NotAllowedError: there is no such post.
    """
    post = locked_posts(session, [post_id]).get(post_id)
    if post is None:
        raise NotAllowedError("This post does not exist.")
    post.campaign_id = post.campaign_offset = None
    session.flush()


def campaigns(session: Session, brand_id: UUID | None = None) -> list[CampaignView]:
    """The campaigns that the session sees, by name; of one brand, or of all."""
    posts = select(func.count()).select_from(Post)
    posts = posts.where(Post.campaign_id == Campaign.id, Post.deleted_at.is_(None))
    query = select(Campaign, posts.scalar_subquery()).order_by(Campaign.name, Campaign.id)
    if brand_id is not None:
        query = query.where(Campaign.brand_id == brand_id)
    return [
        CampaignView(
            id=campaign.id,
            brand_id=campaign.brand_id,
            name=campaign.name,
            zone=zone_of_brand(session, campaign.brand_id).key,
            launch_at=campaign.launch_at,
            posts=count,
            version=campaign.version,
        )
        for campaign, count in session.execute(query).all()
    ]


def _due(session: Session, campaign: Campaign, offset: timedelta) -> datetime | None:
    if campaign.launch_at is None:
        return None
    return time_of(campaign.launch_at, offset, zone_of_brand(session, campaign.brand_id)).at


def _notices(session: Session, campaign: Campaign, offsets: Iterable[timedelta]) -> Iterator[str]:
    if campaign.launch_at is not None:
        zone = zone_of_brand(session, campaign.brand_id)
        for offset in offsets:
            if notice := time_of(campaign.launch_at, offset, zone).notice:
                yield notice


def _check(offset: timedelta) -> None:
    if abs(offset) > FURTHEST:
        raise DraftError(["A post of a campaign stands up to a year before or after its launch."])


def refuse_under_way(publications: Iterable[Publication]) -> None:
    """Refuse to move where something is being sent.

    Raises:
        NotAllowedError: something is.
    """
    for publication in publications:
        if publication.current in UNDER_WAY:
            raise NotAllowedError(f"{why_not(publication.current)} Nothing was moved.")


def aware(at: datetime | None) -> datetime | None:
    """The moment, which has to carry a zone."""
    if at is not None and at.tzinfo is None:
        raise ValueError("launch_at has to carry a time zone")
    return at


def locked(session: Session, campaign_id: UUID) -> Campaign:
    """The campaign, locked until the transaction ends.

    Raises:
        NotAllowedError: there is none.
    """
    query = select(Campaign).where(Campaign.id == campaign_id).with_for_update()
    campaign = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if campaign is None:
        raise NotAllowedError("This campaign does not exist.")
    return campaign


def locked_version(session: Session, campaign_id: UUID, version: int) -> Campaign:
    """The campaign, locked, as the caller has seen it, and on to its next version.

    Raises:
        ConflictError: it was changed meanwhile.
        NotAllowedError: there is none.
    """
    campaign = locked(session, campaign_id)
    if campaign.version != version:
        raise ConflictError(CHANGED)
    campaign.version += 1
    return campaign
