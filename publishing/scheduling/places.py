"""Posts in a queue: each takes a slot and holds it while it waits to go out at that moment.

Everything is done under the lock of the queue's row, so no slot is ever taken twice. A post that was sent,
cancelled, deleted or given another time has left the queue, and its slot is free again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from math import inf
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.database import utc_now
from publishing.changes import DraftError, NotAllowedError
from publishing.models import Post, Publication
from publishing.scheduling.models import Queue, QueuePlace, QueueSlot
from publishing.scheduling.moving import (
    WAITING,
    is_under_way,
    locked_posts,
    locked_publications,
    move,
    sees_all_accounts,
    zone_of_brand,
)
from publishing.scheduling.slots import Slot, slots_after

NO_SLOTS = "This queue has no slots. Add weekdays and times to it first."


@dataclass
class Waiting:
    """A place with the publications that hold it. `late`: its moment has come, it goes out any second."""

    place: QueuePlace
    publications: list[Publication]
    late: bool

    def move(self, slot_at: datetime | None) -> None:
        """Give it another slot; None: none for now."""
        if slot_at != self.place.slot_at:
            for publication in self.publications:
                move(publication, slot_at)
            self.place.slot_at = slot_at


@dataclass(frozen=True)
class Present:
    """What is in a queue: those that wait, in order, and the slots of those that are being sent."""

    waiting: list[Waiting]
    going_out: list[QueuePlace]

    @property
    def movable(self) -> list[Waiting]:
        """Those whose moment has not come."""
        return [one for one in self.waiting if not one.late]

    def taken(self, *, without: Iterable[Waiting] = ()) -> set[datetime]:
        """The slots that are not free."""
        left_out = {one.place.post_id for one in without}
        places = [*(one.place for one in self.waiting), *self.going_out]
        return {one.slot_at for one in places if one.slot_at and one.post_id not in left_out}


def locked_queue(session: Session, queue_id: UUID) -> Queue:
    """The queue, locked until the transaction ends.

    Raises:
        NotAllowedError: there is none.
    """
    query = select(Queue).where(Queue.id == queue_id).with_for_update()
    queue = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if queue is None:
        raise NotAllowedError("This queue does not exist.")
    return queue


def slots_of(session: Session, queue_id: UUID) -> list[Slot]:
    """The queue's slots, Monday first."""
    query = select(QueueSlot.weekday, QueueSlot.at).where(QueueSlot.queue_id == queue_id)
    return [Slot(*row) for row in session.execute(query.order_by(QueueSlot.weekday, QueueSlot.at))]


def present(session: Session, queue: Queue, *, lock: bool = False, now: datetime | None = None) -> Present:
    """What is in the queue; `lock` locks its posts and publications, to move them."""
    now = now or utc_now()
    query = select(QueuePlace).where(QueuePlace.queue_id == queue.id).order_by(QueuePlace.position)
    places = list(session.scalars(query.execution_options(populate_existing=True)))
    rows = _publications(session, [place.post_id for place in places], lock=lock)
    waiting, going_out = [], []
    for place in places:
        of_post = rows.get(place.post_id, [])
        holding = [one for one in of_post if holds(one, place)]
        if is_under_way(of_post):
            going_out.append(place)
        elif holding:
            waiting.append(Waiting(place, holding, late=place.slot_at is not None and place.slot_at <= now))
        elif not sees_all_accounts(session):
            going_out.append(place)  # of somebody else's account: who can't see it leaves it alone
    return Present(waiting, going_out)


def holds(publication: Publication, place: QueuePlace) -> bool:
    """Whether the publication waits for the moment of the place."""
    return publication.current in WAITING and publication.due_at == place.slot_at


def tidied(session: Session, queue: Queue, *, lock: bool = False, now: datetime | None = None) -> Present:
    """What is in the queue, once the places of what has left it are given up. The queue has to be locked."""
    found = present(session, queue, lock=lock, now=now)
    staying = {place.post_id for place in found.going_out} | {one.place.post_id for one in found.waiting}
    for place in session.scalars(select(QueuePlace).where(QueuePlace.queue_id == queue.id)):
        if place.post_id not in staying:
            session.delete(place)
    session.flush()
    return found


def free_slots(
    session: Session, queue: Queue, count: int, taken: set[datetime], now: datetime | None = None
) -> list[datetime]:
    """The next `count` slots (aware UTC) that nobody has.

    Raises:
        DraftError: the queue has no slots at all.
    """
    slots = slots_of(session, queue.id)
    if not slots:
        raise DraftError([NO_SLOTS])
    zone = zone_of_brand(session, queue.brand_id)
    coming = slots_after(slots, zone, now or utc_now())
    return list(islice((at for at in coming if at not in taken), count))


def deal(session: Session, queue: Queue, waiting: Sequence[Waiting], found: Present, now: datetime) -> None:
    """Give these the next free slots, in their order; what they had is free for it."""
    if waiting:
        taken = found.taken(without=waiting)
        for one, slot_at in zip(waiting, free_slots(session, queue, len(waiting), taken, now), strict=True):
            one.move(slot_at)
    renumber(session, queue)


def renumber(session: Session, queue: Queue) -> None:
    """Count the places through by their moments; while the queue is paused, as they stood."""
    session.flush()
    places = session.scalars(select(QueuePlace).where(QueuePlace.queue_id == queue.id)).all()
    ordered = sorted(places, key=lambda one: (_seconds(one.slot_at), one.position))
    for position, place in enumerate(ordered, 1):
        place.position = position
    session.flush()


def _seconds(slot_at: datetime | None) -> float:
    return slot_at.timestamp() if slot_at else inf


def _publications(session: Session, post_ids: list[UUID], *, lock: bool) -> dict[UUID, list[Publication]]:
    """Of the posts that are not deleted."""
    if lock:
        return locked_publications(session, locked_posts(session, post_ids))
    query = (
        select(Publication)
        .join(Post, Post.id == Publication.post_id)
        .where(Post.id.in_(post_ids), Post.deleted_at.is_(None))
    )
    found: dict[UUID, list[Publication]] = {}
    for one in session.scalars(query.execution_options(populate_existing=True)):
        found.setdefault(one.post_id, []).append(one)
    return found
