"""Moving a campaign's launch, and with it every post that is not sent yet: together or not at all.

All within the session of one organization: row-level security hides every other's rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from publishing.changes import DraftError, NotAllowedError, time_problems
from publishing.models import ACCOUNTS, Post, Publication
from publishing.scheduling.campaigns import (
    Moved,
    aware,
    locked_version,
    offset_of,
    refuse_under_way,
    time_of,
)
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
from publishing.scheduling.walltime import Reading
from publishing.states import State

UNSAID = "Something of this campaign is being sent now. Try again in a moment."


@dataclass(frozen=True)
class Move:
    """What a move of the launch would do to a post on one account.

    `before` is its time now, `after` the one it would have (None: no time); where that `is_past`, it can't be
    moved.
    """

    post_id: UUID
    publication_id: UUID
    network: str
    account_name: str
    text: str
    before: datetime | None
    after: Reading | None
    is_past: bool


@dataclass(frozen=True)
class Preview:
    """What a move of the launch would do, the soonest first; `stays` counts publications that are done.

    `problem` says in words why the move would be refused.
    """

    moves: tuple[Move, ...]
    stays: int
    problem: str | None


def preview(session: Session, campaign_id: UUID, launch_at: datetime | None) -> Preview:
    """What `set_launch` would do as things are; nothing is changed.

    Raises:
        NotAllowedError: there is no such campaign.
    """
    campaign = session.get(Campaign, campaign_id, populate_existing=True)
    if campaign is None:
        raise NotAllowedError("This campaign does not exist.")
    zone = zone_of_brand(session, campaign.brand_id)
    moves, stays, problem = [], 0, None
    for publication, post, name in _in_campaign(session, campaign_id):
        if publication.current not in WAITING:
            stays += 1
            problem = UNSAID if publication.current in UNDER_WAY else problem
            continue
        after = _new_time(publication, post, campaign.launch_at, launch_at, zone)
        is_past = after is not None and bool(time_problems(after.at))
        due_at = publication.due_at
        network = publication.network
        moves.append(Move(post.id, publication.id, network, name, post.text, due_at, after, is_past))
    if problem is None and (past := sum(one.is_past for one in moves)):
        problem = _past(past)
    moves.sort(key=lambda one: one.after.at.timestamp() if one.after else 0)
    return Preview(tuple(moves), stays, problem)


def set_launch(session: Session, campaign_id: UUID, launch_at: datetime | None, *, version: int) -> Moved:
    """Move the launch (aware UTC; None: not known for now) and with it everything that is not sent yet.

    What someone gave another time than its distance says keeps the distance that it has by now. What is
    public, cancelled, failed or missed stays as it is.

    Raises:
        DraftError: a post would fall due in the past; nothing is moved.
        ConflictError: the campaign was changed meanwhile.
        NotAllowedError: a post of it is being sent now, there is no such campaign, or the caller sees only
            single accounts.
    """
    require_all_accounts(session)
    campaign = locked_version(session, campaign_id, version)
    zone, before = zone_of_brand(session, campaign.brand_id), campaign.launch_at
    ids = session.scalars(select(Post.id).where(Post.campaign_id == campaign_id)).all()
    posts = locked_posts(session, ids)
    rows = locked_publications(session, posts)
    for of_post in rows.values():
        refuse_under_way(of_post)
    campaign.launch_at = aware(launch_at)
    plan = _plan(posts, rows, before, launch_at, zone)
    readings = {reading for _, reading in plan if reading is not None}
    _refuse_past(reading.at for reading in readings)
    for publication, reading in plan:
        move(publication, reading.at if reading else None)
    session.flush()
    moved = dict.fromkeys(publication.post_id for publication, _ in plan)
    notices = sorted({reading.notice for reading in readings if reading.notice})
    return Moved(campaign.version, tuple(moved), tuple(notices))


def _plan(
    posts: Mapping[UUID, Post],
    rows: Mapping[UUID, Sequence[Publication]],
    before: datetime | None,
    launch_at: datetime | None,
    zone: ZoneInfo,
) -> list[tuple[Publication, Reading | None]]:
    return [
        (publication, _new_time(publication, posts[publication.post_id], before, launch_at, zone))
        for of_post in rows.values()
        for publication in of_post
        if publication.current in WAITING
    ]


def _new_time(
    publication: Publication, post: Post, before: datetime | None, launch_at: datetime | None, zone: ZoneInfo
) -> Reading | None:
    """When a publication falls due after the move; None: not known."""
    if launch_at is None:
        return None
    offset, due_at = post.campaign_offset, publication.due_at
    as_planned = offset is not None and before is not None and due_at == time_of(before, offset, zone).at
    if before is not None and due_at is not None and not as_planned:
        offset = offset_of(before, due_at, zone)  # someone gave it this time
    return time_of(launch_at, offset or timedelta(), zone)


def _refuse_past(times: Iterable[datetime]) -> None:
    past = [at for at in times if time_problems(at)]
    if past:
        raise DraftError([f"{_past(len(past))} Nothing was moved."])


def _past(count: int) -> str:
    posts = "A post" if count == 1 else f"{count} posts"
    return f"{posts} of this campaign would fall due in the past."


def _in_campaign(session: Session, campaign_id: UUID) -> list[tuple[Publication, Post, str]]:
    """Its publications that are not cancelled; what continues a post is counted with it."""
    query = (
        select(Publication, Post, ACCOUNTS.c.name)
        .join(Post, Post.id == Publication.post_id)
        .join(ACCOUNTS, ACCOUNTS.c.id == Publication.account_id)
        .where(Post.campaign_id == campaign_id, Post.deleted_at.is_(None), Publication.part == 0)
        .where(Publication.state != State.CANCELLED)
        .order_by(Publication.due_at, Post.id, ACCOUNTS.c.name)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]
