"""Queues: made, changed, paused, and listed. How posts take their slots, `queueing` says.

All within the session of one organization: row-level security hides every other's rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete as delete_from
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from foundation.database import utc_now
from publishing.changes import DraftError
from publishing.editing import ConflictError
from publishing.scheduling import names
from publishing.scheduling.models import Queue, QueueSlot
from publishing.scheduling.moving import require_all_accounts, zone_of_brand
from publishing.scheduling.places import NO_SLOTS, deal, free_slots, locked_queue, present, slots_of, tidied
from publishing.scheduling.slots import Slot

MOST_SLOTS = 200  # a week
CHANGED = "Someone changed this queue meanwhile. Look at it as it is now, then change it again."


@dataclass(frozen=True)
class QueueView:
    """A queue as people see it. `zone` is the brand's (IANA), `waiting` counts its posts."""

    id: UUID
    brand_id: UUID
    name: str
    zone: str
    slots: tuple[Slot, ...]
    paused_at: datetime | None
    waiting: int
    version: int


def create(
    session: Session, organization_id: UUID, brand_id: UUID, name: str, slots: Iterable[Slot] = ()
) -> UUID:
    """A new queue of a brand, with its slots; returns its id.

    Raises:
        DraftError: the name or a slot can't be used.
        ConflictError: the brand has a queue of that name.
        NotAllowedError: there is no such brand.
    """
    zone_of_brand(session, brand_id)
    queue = Queue(id=uuid4(), organization_id=organization_id, brand_id=brand_id, version=1)
    wanted = _checked(slots)
    _write_named(session, queue, name)
    _write_slots(session, queue, wanted)
    return queue.id


def rename(session: Session, queue_id: UUID, name: str, *, version: int) -> int:
    """Give it another name; its new version.

    Raises:
        DraftError: the name can't be used.
        ConflictError: the queue was changed meanwhile, or the brand has another of that name.
        NotAllowedError: there is no such queue.
    """
    queue = locked_version(session, queue_id, version)
    _write_named(session, queue, name)
    return queue.version


def set_slots(session: Session, queue_id: UUID, slots: Iterable[Slot], *, version: int) -> int:
    """Replace the slots, and deal them to the posts that wait, in their order; its new version.

    Raises:
        DraftError: a slot can't be used, or posts would be left without one.
        ConflictError: the queue was changed meanwhile.
        NotAllowedError: there is no such queue, or the caller sees only single accounts.
    """
    require_all_accounts(session)
    queue = locked_version(session, queue_id, version)
    wanted, now = _checked(slots), utc_now()
    found = tidied(session, queue, lock=True, now=now)
    if found.movable and not wanted and queue.paused_at is None:
        raise DraftError(["Posts wait in this queue: pause it, or take them out, before its last slot goes."])
    _write_slots(session, queue, wanted)
    if queue.paused_at is None:
        deal(session, queue, found.movable, found, now)
    return queue.version


def deal_anew(session: Session, queue_id: UUID) -> None:
    """Deal the slots again from now on: closes gaps, and follows the brand's zone when that was changed.

    Raises:
        DraftError: it has no slots.
        NotAllowedError: there is no such queue, or the caller sees only single accounts.
    """
    require_all_accounts(session)
    queue, now = locked_queue(session, queue_id), utc_now()
    if queue.paused_at is None:
        found = tidied(session, queue, lock=True, now=now)
        deal(session, queue, found.movable, found, now)
        queue.version += 1


def pause(session: Session, queue_id: UUID) -> None:
    """Hold back every post of the queue that is not being sent; they keep their order. May be repeated.

    Raises:
        NotAllowedError: there is no such queue, or the caller sees only single accounts.
    """
    require_all_accounts(session)
    queue = locked_queue(session, queue_id)
    if queue.paused_at is not None:
        return
    for one in tidied(session, queue, lock=True).waiting:
        one.move(None)
    queue.paused_at = utc_now()
    queue.version += 1
    session.flush()


def resume(session: Session, queue_id: UUID) -> None:
    """Go on: the posts take the next slots from now on, in their order. May be repeated.

    Raises:
        DraftError: it has no slots.
        NotAllowedError: there is no such queue, or the caller sees only single accounts.
    """
    require_all_accounts(session)
    queue, now = locked_queue(session, queue_id), utc_now()
    if queue.paused_at is None:
        return
    if not slots_of(session, queue_id):
        raise DraftError([NO_SLOTS])
    queue.paused_at = None
    queue.version += 1
    found = tidied(session, queue, lock=True, now=now)
    deal(session, queue, found.waiting, found, now)


def delete(session: Session, queue_id: UUID, *, version: int) -> None:
    """Delete a queue. Its posts keep their times; those held back by a pause wait for a time to be given.

    Raises:
        ConflictError: the queue was changed meanwhile.
        NotAllowedError: there is no such queue.
    """
    session.delete(locked_version(session, queue_id, version))
    session.flush()


def queues(session: Session, brand_id: UUID | None = None) -> list[QueueView]:
    """The queues that the session sees, by name; of one brand, or of all."""
    query = select(Queue).order_by(Queue.name, Queue.id)
    if brand_id is not None:
        query = query.where(Queue.brand_id == brand_id)
    return [_view(session, queue) for queue in session.scalars(query).all()]


def next_free(session: Session, queue_id: UUID, count: int = 3) -> list[datetime]:
    """The slots (aware UTC) that the next posts would take; none while it is paused or has no slots.

    Another may take them first: what a post gets is known once it is in the queue.
    """
    queue = session.get(Queue, queue_id)
    if queue is None or queue.paused_at is not None or not slots_of(session, queue_id):
        return []
    return free_slots(session, queue, count, present(session, queue).taken())


def locked_version(session: Session, queue_id: UUID, version: int) -> Queue:
    """The queue, locked, as the caller has seen it, and on to its next version.

    Raises:
        ConflictError: it was changed meanwhile.
        NotAllowedError: there is none.
    """
    queue = locked_queue(session, queue_id)
    if queue.version != version:
        raise ConflictError(CHANGED)
    queue.version += 1
    return queue


def _view(session: Session, queue: Queue) -> QueueView:
    found = present(session, queue)
    return QueueView(
        id=queue.id,
        brand_id=queue.brand_id,
        name=queue.name,
        zone=zone_of_brand(session, queue.brand_id).key,
        slots=tuple(slots_of(session, queue.id)),
        paused_at=queue.paused_at,
        waiting=len(found.waiting) + len(found.going_out),
        version=queue.version,
    )


def _checked(slots: Iterable[Slot]) -> list[Slot]:
    wanted = sorted({Slot(slot.weekday, slot.at.replace(second=0, microsecond=0)) for slot in slots})
    if any(not 1 <= slot.weekday <= 7 or slot.at.tzinfo for slot in wanted):
        raise DraftError(["A slot is a weekday from 1 (Monday) to 7 (Sunday) and a time of day."])
    if len(wanted) > MOST_SLOTS:
        raise DraftError([f"A queue takes up to {MOST_SLOTS} slots a week."])
    return wanted


def _write_slots(session: Session, queue: Queue, slots: Iterable[Slot]) -> None:
    session.execute(delete_from(QueueSlot).where(QueueSlot.queue_id == queue.id))
    rows = [{"weekday": slot.weekday, "at": slot.at} for slot in slots]
    common = {"organization_id": queue.organization_id, "queue_id": queue.id}
    if rows:
        session.execute(insert(QueueSlot), [common | row for row in rows])


def _write_named(session: Session, queue: Queue, name: str) -> None:
    """Write the queue under a name; the one thing that can be in the way is another one's."""
    name = names.checked(name)
    try:
        with session.begin_nested():
            queue.name = name
            session.add(queue)
            session.flush()
    except IntegrityError:
        raise ConflictError(f"This brand has a queue named {name} already.") from None
