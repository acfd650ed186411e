"""After a brand's clock was changed: what is planned on it keeps its time of day, on the new clock.

Queues and recurrences say weekdays and times on the brand's clock, so their posts get new moments. Posts with
a moment of their own, those of campaigns among them, stay at it.
"""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.database import utc_now
from publishing.models import Post
from publishing.scheduling import queues
from publishing.scheduling.materialising import SOON, locked
from publishing.scheduling.models import Recurrence
from publishing.scheduling.moving import (
    WAITING,
    locked_posts,
    locked_publications,
    move,
    require_all_accounts,
    zone_of_brand,
)
from publishing.scheduling.places import slots_of
from publishing.scheduling.walltime import read


def follow_zone(session: Session, brand_id: UUID, before: ZoneInfo) -> None:
    """Bring queues and recurrences of a brand to the clock that it has now; `before` is the one it had.

    A post whose new moment is past, or nearly so, keeps the one it has.

    Raises:
        NotAllowedError: there is no such brand, or the caller sees only single accounts.
    """
    zone = zone_of_brand(session, brand_id)
    if zone.key == before.key:
        return
    require_all_accounts(session)
    for queue in queues.queues(session, brand_id):
        if slots_of(session, queue.id):
            queues.deal_anew(session, queue.id)
    query = select(Recurrence.id).where(Recurrence.brand_id == brand_id, Recurrence.ended_at.is_(None))
    for recurrence_id in session.scalars(query.order_by(Recurrence.id)).all():
        _retime(session, recurrence_id, before, zone)


def _retime(session: Session, recurrence_id: UUID, before: ZoneInfo, zone: ZoneInfo) -> None:
    """Move the posts that wait at the moment that the rule gave them; who was given another one keeps it."""
    recurrence = locked(session, recurrence_id)
    ids = session.scalars(select(Post.id).where(Post.recurrence_id == recurrence.id)).all()
    posts = locked_posts(session, ids)
    soon = utc_now() + SOON
    for post_id, publications in locked_publications(session, posts).items():
        occurrence = posts[post_id].occurrence
        if occurrence is None:
            continue
        was, now = read(occurrence, before).at, read(occurrence, zone).at
        for publication in publications:
            if publication.current in WAITING and publication.due_at == was and now >= soon:
                move(publication, now)
    session.flush()
