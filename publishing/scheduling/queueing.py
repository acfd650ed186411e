"""Posts and queues: put one in, take it out, and change the order.

All within the session of one organization: row-level security hides every other's rows.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foundation.database import utc_now
from publishing import gate
from publishing.changes import AFRESH, DraftError, NotAllowedError, change, why_not
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.editing import ConflictError
from publishing.models import Publication
from publishing.scheduling.models import Queue, QueuePlace
from publishing.scheduling.moving import (
    UNDER_WAY,
    is_under_way,
    locked_posts,
    locked_publications,
    move,
    require_all_accounts,
)
from publishing.scheduling.places import free_slots, holds, locked_queue, present, renumber, tidied
from publishing.scheduling.queues import CHANGED, locked_version
from publishing.senders import Senders
from publishing.states import Event, State

MOST_POSTS = 500  # in a queue
SEVERAL = random.SystemRandom()


@dataclass(frozen=True)
class Placed:
    """A post and the slot it has (aware UTC). No `slot_at`: its queue is paused; no `queue_id`: in none."""

    post_id: UUID
    queue_id: UUID | None
    slot_at: datetime | None


def create_in_queue(
    session: Session, organization_id: UUID, queue_id: UUID, draft: Draft, *, senders: Senders | None = None
) -> Placed:
    """Compose a post and give it the queue's next free slot, whatever `due_at` the draft has.

    While the queue is paused the post waits in it without a slot. A draft whose id is already a post of the
    organization is that post: nothing is changed.

    Raises:
        DraftError: with everything that is wrong with it, or with the queue.
        NotAllowedError: there is no such queue.
    """
    queue, now = locked_queue(session, queue_id), utc_now()
    if draft.id is not None and (there := placed(session, draft.id)):
        return there
    if draft.brand_id != queue.brand_id:
        raise DraftError(["This queue belongs to another brand."])
    if not draft.account_ids:
        raise DraftError(["Choose at least one account."])
    slot_at = _next_slot(session, queue, now)
    draft = replace(draft, due_at=slot_at or now)
    post_id = create_post(session, organization_id, draft, senders=senders)
    made = [one for one in locked_publications(session, [post_id])[post_id] if one.due_at == draft.due_at]
    if not made:
        return Placed(post_id, None, None)  # of that id there was a post, with a time of its own
    if slot_at is None:
        for publication in made:
            move(publication, None)
    _write_place(session, queue, post_id, slot_at)
    return Placed(post_id, queue.id, slot_at)


def add(session: Session, queue_id: UUID, post_id: UUID) -> Placed:
    """Put a post that is there into a queue, instead of the time or the queue it had.

    Also brings back what failed or was missed; what is public stays so.

    Raises:
        DraftError: the queue has no slots or no room, or is another brand's.
        NotAllowedError: it is being sent now, is all done, or does not exist.
    """
    queue, now = locked_queue(session, queue_id), utc_now()
    post = locked_posts(session, [post_id]).get(post_id)
    if post is None:
        raise NotAllowedError("This post does not exist.")
    if post.brand_id != queue.brand_id:
        raise DraftError(["This queue belongs to another brand."])
    rows = locked_publications(session, [post_id])[post_id]
    _refuse_under_way(rows)
    over = (State.FAILED, State.MISSED)
    if any(one.current in over for one in rows) and not gate.is_cleared(session, post_id):
        raise NotAllowedError("It has to be approved first. Open it, and submit it.")
    if old := session.get(QueuePlace, post_id):
        session.delete(old)
        session.flush()
    slot_at = _next_slot(session, queue, now)
    for publication in rows:
        if publication.current in over:
            change(publication, Event.SCHEDULE, due_at=slot_at, **AFRESH)
        move(publication, slot_at)
    if not any(holds(one, QueuePlace(slot_at=slot_at)) for one in rows):
        raise NotAllowedError("Nothing of this post waits to be sent.")
    _write_place(session, queue, post_id, slot_at)
    return Placed(post_id, queue.id, slot_at)


def remove(session: Session, post_id: UUID) -> None:
    """Take a post out of its queue: it waits until it gets another time. Its slot is free. May be repeated.

    Raises:
        NotAllowedError: it is being sent now, or the caller sees only single accounts.
    """
    require_all_accounts(session)
    queue_id = session.scalar(select(QueuePlace.queue_id).where(QueuePlace.post_id == post_id))
    if queue_id is None:
        return
    queue = locked_queue(session, queue_id)
    place = session.get(QueuePlace, post_id, populate_existing=True)
    if place is None:
        return
    rows = locked_publications(session, locked_posts(session, [post_id]))
    for publication in rows.get(post_id, []):
        _refuse_under_way([publication])
        if holds(publication, place):
            move(publication, None)
    session.delete(place)
    renumber(session, queue)


def reorder(session: Session, queue_id: UUID, post_ids: Sequence[UUID], *, version: int) -> int:
    """Deal the slots that the waiting posts have in another order; the queue's new version.

    `post_ids` are all of them whose moment has not come, first to last.

    Raises:
        ConflictError: the queue or what is in it was changed meanwhile.
        NotAllowedError: there is no such queue, or the caller sees only single accounts.
    """
    require_all_accounts(session)
    queue = locked_version(session, queue_id, version)
    movable = tidied(session, queue, lock=True).movable
    by_post = {one.place.post_id: one for one in movable}
    if len(post_ids) != len(by_post) or set(post_ids) != set(by_post):
        raise ConflictError(CHANGED)
    slots = [one.place.slot_at for one in movable]
    positions = sorted(one.place.position for one in movable)
    for post_id, slot_at, position in zip(post_ids, slots, positions, strict=True):
        by_post[post_id].move(slot_at)
        by_post[post_id].place.position = position
    renumber(session, queue)
    return queue.version


def shuffle(session: Session, queue_id: UUID, *, version: int, by: random.Random = SEVERAL) -> int:
    """Deal the slots that the waiting posts have by chance; the queue's new version.

    Raises:
        ConflictError: the queue was changed meanwhile.
        NotAllowedError: there is no such queue, or the caller sees only single accounts.
    """
    queue = locked_queue(session, queue_id)
    post_ids = [one.place.post_id for one in present(session, queue).movable]
    by.shuffle(post_ids)
    return reorder(session, queue_id, post_ids, version=version)


def places(session: Session, queue_id: UUID) -> list[Placed]:
    """The posts in a queue that wait, in their order.

    Raises:
        NotAllowedError: there is no such queue.
    """
    queue = session.get(Queue, queue_id)
    if queue is None:
        raise NotAllowedError("This queue does not exist.")
    waiting = present(session, queue).waiting
    return [Placed(one.place.post_id, queue_id, one.place.slot_at) for one in waiting]


def placed(session: Session, post_id: UUID) -> Placed | None:
    """The place that a post waits at; None: in no queue."""
    place = session.get(QueuePlace, post_id, populate_existing=True)
    if place is None:
        return None
    rows = session.scalars(select(Publication).where(Publication.post_id == post_id))
    if not any(holds(one, place) or one.current in UNDER_WAY for one in rows):
        return None
    return Placed(post_id, place.queue_id, place.slot_at)


def _next_slot(session: Session, queue: Queue, now: datetime) -> datetime | None:
    """The slot for one more post; None while the queue is paused."""
    found = tidied(session, queue, now=now)
    if len(found.waiting) >= MOST_POSTS:
        raise DraftError([f"This queue is full: it takes up to {MOST_POSTS} posts."])
    if queue.paused_at is not None:
        return None
    return free_slots(session, queue, 1, found.taken(), now)[0]


def _write_place(session: Session, queue: Queue, post_id: UUID, slot_at: datetime | None) -> None:
    last = session.scalar(select(func.max(QueuePlace.position)).where(QueuePlace.queue_id == queue.id)) or 0
    place = QueuePlace(
        organization_id=queue.organization_id,
        queue_id=queue.id,
        post_id=post_id,
        position=last + 1,
        slot_at=slot_at,
    )
    session.add(place)
    renumber(session, queue)


def _refuse_under_way(publications: Sequence[Publication]) -> None:
    for publication in publications:
        if is_under_way([publication]):
            raise NotAllowedError(why_not(publication.current))
