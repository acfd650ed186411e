"""The coming posts of recurrences, made ahead as posts of their own: once each, whoever makes them.

Everything is done under the lock of the recurrence's row; that a time of a recurrence is one post, the
database knows too. What is past is never made: after a downtime nothing surprises anybody.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.database import Tenant, tenant_session, utc_now, worker_session
from foundation.settings import Settings
from publishing.changes import DraftError, NotAllowedError
from publishing.compose import create_post
from publishing.models import ORGANIZATIONS, Post
from publishing.scheduling.again import composed
from publishing.scheduling.models import Recurrence
from publishing.scheduling.moving import zone_of_brand
from publishing.scheduling.rules import parse
from publishing.scheduling.walltime import read, wall
from publishing.senders import Senders

AHEAD = timedelta(days=60)
MOST = 100  # posts of one recurrence made at a time; the next run goes on from there
SOON = timedelta(minutes=1)  # what falls due sooner is left out rather than sent late
LOG = logging.getLogger(__name__)


def locked(session: Session, recurrence_id: UUID) -> Recurrence:
    """The recurrence, locked until the transaction ends.

    Raises:
        NotAllowedError: there is none.
    """
    query = select(Recurrence).where(Recurrence.id == recurrence_id).with_for_update()
    found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotAllowedError("This recurrence does not exist.")
    return found


def coming(recurrence: Recurrence, zone: ZoneInfo, now: datetime, ahead: timedelta = AHEAD) -> list[datetime]:
    """The times on the clock, none of them skipped, that fall due from `now` (aware) on."""
    rule = parse(recurrence.rule, recurrence.starts_local, zone)
    # A day back, for a clock that was put forward over a time: it comes later than it says.
    times = rule.times(wall(now, zone) - timedelta(days=1), wall(now + ahead, zone))
    skipped = set(recurrence.skipped)
    found: dict[datetime, datetime] = {}  # two times that a change of the clock makes one moment are one
    for at in times:
        moment = read(at, zone).at
        if at not in skipped and moment >= now + SOON:
            found.setdefault(moment, at)
    return list(found.values())


def materialise(
    session: Session,
    recurrence: Recurrence,
    *,
    also: Collection[datetime] = (),
    senders: Senders | None = None,
    now: datetime | None = None,
) -> list[UUID]:
    """Make the posts that a locked recurrence has yet to make for the next 60 days; their ids.

    A time up to `made_until` that has no post was given up by someone: only those of `also` are made.

    Raises:
        DraftError: with what is wrong with the next one; none is made.
    """
    now = now or utc_now()
    if recurrence.ended_at is not None:
        return []
    zone = zone_of_brand(session, recurrence.brand_id)
    there = set(session.scalars(select(Post.occurrence).where(Post.recurrence_id == recurrence.id)))
    missing = [at for at in coming(recurrence, zone, now) if at not in there]
    until = recurrence.made_until or datetime.min  # noqa: DTZ901 - on the wall clock
    later = [at for at in missing if at > until][:MOST]
    found = []
    for at in [at for at in missing if at <= until and at in also] + later:
        draft = composed(recurrence, at, read(at, zone).at)
        found.append(create_post(session, recurrence.organization_id, draft, senders=senders))
    if later:
        recurrence.made_until = later[-1]
    recurrence.problem = None
    session.flush()
    return found


def materialise_all(
    settings: Settings | None = None, *, senders: Senders | None = None, now: datetime | None = None
) -> dict[UUID, int]:
    """Make the coming posts of every recurrence that goes on: how many, by its id.

    One that can't make its posts keeps the reason in `problem`, for people to see, tries again at the next
    run, and holds up no other.
    """
    query = (
        select(Recurrence.organization_id, Recurrence.id)
        .join(ORGANIZATIONS, ORGANIZATIONS.c.id == Recurrence.organization_id)
        .where(Recurrence.ended_at.is_(None), ORGANIZATIONS.c.deleted_at.is_(None))
        .order_by(Recurrence.created_at)
    )
    with worker_session(settings) as session:
        going_on = [(row[0], row[1]) for row in session.execute(query)]
    made = {}
    for organization_id, recurrence_id in going_on:
        try:
            made[recurrence_id] = _one(Tenant(organization_id), recurrence_id, settings, senders, now)
        except NotAllowedError:
            continue  # deleted meanwhile
        except Exception:
            LOG.exception("the posts of recurrence %s were not made", recurrence_id)
    return made


def _one(
    tenant: Tenant,
    recurrence_id: UUID,
    settings: Settings | None,
    senders: Senders | None,
    now: datetime | None,
) -> int:
    with tenant_session(tenant, settings) as session:
        recurrence = locked(session, recurrence_id)
        try:
            with session.begin_nested():
                return len(materialise(session, recurrence, senders=senders, now=now))
        except DraftError as error:
            session.refresh(recurrence)
            recurrence.problem = str(error)
            return 0
