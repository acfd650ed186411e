"""Queues: named slots of a brand that posts take one after the other."""

from __future__ import annotations

from datetime import time
from typing import Annotated
from uuid import UUID

from fastapi import Body, Query

from app import sending
from app.api.callers import member
from app.api.drafting import new_draft
from app.api.route import Router
from app.api.schemas.common import Listed
from app.api.schemas.posts import NewPost
from app.api.schemas.scheduling import (
    NewQueue,
    OfVersion,
    Order,
    Placed,
    Queue,
    QueueChanges,
    QueueInFull,
    SlotIn,
    Version,
)
from identity.errors import NotFoundError
from identity.permissions import Permission
from identity.work import Work
from publishing.scheduling import queueing, queues
from publishing.scheduling.slots import Slot

router = Router("queues")
Reading = Annotated[Work, member(Permission.POSTS_READ)]
Writing = Annotated[Work, member(Permission.POSTS_WRITE)]


@router.get("/queues", summary="List the queues")
def list_all(work: Reading, brand_id: Annotated[UUID | None, Query()] = None) -> Listed[Queue]:
    """By name, all on one page."""
    found = queues.queues(work.session, brand_id)
    return Listed(items=[Queue.model_validate(one) for one in found], next_cursor=None)


@router.post("/queues", status_code=201, summary="Make a queue")
def create(new: NewQueue, work: Writing) -> QueueInFull:
    """Its slots are on the brand's clock."""
    organization_id = work.principal.organization_id
    made = queues.create(work.session, organization_id, new.brand_id, new.name, _slots(new.slots))
    return _shown(work, made)


@router.get("/queues/{queue_id:uuid}", summary="One queue")
def get(queue_id: UUID, work: Reading) -> QueueInFull:
    """With the posts that wait in it."""
    return _shown(work, queue_id)


@router.patch("/queues/{queue_id:uuid}", summary="Change a queue")
def update(queue_id: UUID, changes: Annotated[QueueChanges, Body()], work: Writing) -> QueueInFull:
    """Other slots are dealt to the posts that wait, in their order."""
    version = changes["version"]
    _shown(work, queue_id)
    if "name" in changes:
        version = queues.rename(work.session, queue_id, changes["name"], version=version)
    if "slots" in changes:
        queues.set_slots(work.session, queue_id, _slots(changes["slots"]), version=version)
    return _shown(work, queue_id)


@router.delete("/queues/{queue_id:uuid}", status_code=204, summary="Delete a queue")
def delete(queue_id: UUID, version: Annotated[Version, Query()], work: Writing) -> None:
    """Its posts keep their times; those that a pause holds back wait for one."""
    _shown(work, queue_id)
    queues.delete(work.session, queue_id, version=version)


@router.post("/queues/{queue_id:uuid}/pause", summary="Pause a queue")
def pause(queue_id: UUID, work: Writing) -> QueueInFull:
    """Holds back every post in it that is not being sent."""
    _shown(work, queue_id)
    queues.pause(work.session, queue_id)
    return _shown(work, queue_id)


@router.post("/queues/{queue_id:uuid}/resume", summary="Go on with a queue")
def resume(queue_id: UUID, work: Writing) -> QueueInFull:
    """Its posts take the next slots, in their order."""
    _shown(work, queue_id)
    queues.resume(work.session, queue_id)
    sending.soon_once_committed(work.session)
    return _shown(work, queue_id)


@router.post("/queues/{queue_id:uuid}/shuffle", summary="Shuffle a queue")
def shuffle(queue_id: UUID, seen: OfVersion, work: Writing) -> QueueInFull:
    """Deals the slots of the waiting posts by chance."""
    _shown(work, queue_id)
    queueing.shuffle(work.session, queue_id, version=seen.version)
    return _shown(work, queue_id)


@router.put("/queues/{queue_id:uuid}/order", summary="Reorder a queue")
def reorder(queue_id: UUID, order: Order, work: Writing) -> QueueInFull:
    """The slots stay, and are dealt anew."""
    _shown(work, queue_id)
    queueing.reorder(work.session, queue_id, order.post_ids, version=order.version)
    return _shown(work, queue_id)


@router.post("/queues/{queue_id:uuid}/posts", status_code=201, summary="Write a post for a queue")
def create_in(queue_id: UUID, new: NewPost, work: Writing) -> Placed:
    """It takes the next free slot, whatever `due_at` says."""
    _shown(work, queue_id)
    organization_id, draft = work.principal.organization_id, new_draft(work, new)
    made = queueing.create_in_queue(work.session, organization_id, queue_id, draft)
    sending.soon_once_committed(work.session)
    return Placed.model_validate(made)


@router.put("/queues/{queue_id:uuid}/posts/{post_id:uuid}", summary="Put a post into a queue")
def add(queue_id: UUID, post_id: UUID, work: Writing) -> Placed:
    """Instead of the time or the queue it had."""
    _shown(work, queue_id)
    added = queueing.add(work.session, queue_id, post_id)
    sending.soon_once_committed(work.session)
    return Placed.model_validate(added)


@router.delete(
    "/queues/{queue_id:uuid}/posts/{post_id:uuid}", status_code=204, summary="Take a post out of a queue"
)
def remove(queue_id: UUID, post_id: UUID, work: Writing) -> None:
    """It waits until it gets another time."""
    _shown(work, queue_id)
    found = queueing.placed(work.session, post_id)
    if found is None or found.queue_id != queue_id:
        raise NotFoundError("This post is not in this queue.")
    queueing.remove(work.session, post_id)


def _slots(given: list[SlotIn]) -> list[Slot]:
    return [Slot(one.weekday, time.fromisoformat(one.at)) for one in given]


def _shown(work: Work, queue_id: UUID) -> QueueInFull:
    found = next((one for one in queues.queues(work.session) if one.id == queue_id), None)
    if found is None:
        raise NotFoundError("There is no such queue.")
    return QueueInFull.model_validate(
        {
            **vars(found),
            "slots": [slot._asdict() for slot in found.slots],
            "places": [vars(one) for one in queueing.places(work.session, queue_id)],
            "next_free": queues.next_free(work.session, queue_id),
        }
    )
