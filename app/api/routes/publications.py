"""Publications: a post on one account, with its time, its state and the ledger of its attempts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app import sending
from app.api import showing
from app.api.callers import member
from app.api.route import Router
from app.api.schemas.common import Cursor, Limit, Listed, listed
from app.api.schemas.posts import Answer, Asked, Attempt, NewTime, Publication, PublicationInFull
from identity.errors import ConflictError, InvalidError, NotFoundError
from identity.paging import DEFAULT_LIMIT, after, moment, number, one_more, page
from identity.permissions import Permission
from identity.work import Work
from publishing import changes, reading
from publishing.drafts import is_web_address
from publishing.reading import OnAccount
from publishing.states import State

router = Router("publications")
Reading = Annotated[Work, member(Permission.POSTS_READ)]
Writing = Annotated[Work, member(Permission.POSTS_WRITE)]
NOT_FINISHED = "This post is a draft. Finish it first: change the post, with unfinished false."
NO_LINK = "The link has to be a web address that starts with http:// or https://."


@router.get("/publications", summary="List the publications")
def list_all(work: Reading, asked: Annotated[Asked, Query()]) -> Listed[Publication]:
    """By when they are due, the latest first. Drafts without a time are not among them."""
    place = after(asked.cursor, moment, UUID)
    before = place and (place[0], place[1])
    rows = reading.publications(work.session, asked.wanted, one_more(asked.limit), before)
    found = page(rows, asked.limit, showing.publication, lambda one: [one.row.due_at, one.row.id])
    return Listed(items=found.items, next_cursor=found.next_cursor)


@router.get("/publications/{publication_id:uuid}", summary="One publication")
def get(publication_id: UUID, work: Reading) -> PublicationInFull:
    """With all its attempts."""
    return _shown(work, publication_id)


@router.get("/publications/{publication_id:uuid}/attempts", summary="The ledger of a publication")
def attempts(
    publication_id: UUID, work: Reading, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Listed[Attempt]:
    """Every step that was taken for it, the oldest first."""
    _find(work, publication_id)
    place = after(cursor, number)
    rows = reading.attempts(work.session, publication_id, one_more(limit), place[0] if place else 0)
    return listed(page(rows, limit, lambda row: row, lambda row: [row.id]), Attempt)


@router.post("/publications/{publication_id:uuid}/cancel", summary="Cancel a publication")
def cancel(publication_id: UUID, work: Writing) -> PublicationInFull:
    """It will not be sent. Refused once it is being sent."""
    _find(work, publication_id)
    changes.cancel(work.session, publication_id)
    return _shown(work, publication_id)


@router.post("/publications/{publication_id:uuid}/reschedule", summary="Give a publication another time")
def reschedule(publication_id: UUID, new: NewTime, work: Writing) -> PublicationInFull:
    """Also tries again what failed or was missed. What was approved stays approved; what continues it comes
    along.
    """
    if _find(work, publication_id).row.current is State.DRAFT:
        raise ConflictError(NOT_FINISHED)
    changes.reschedule(work.session, publication_id, new.due_at)
    return _sent_and_shown(work, publication_id)


@router.post("/publications/{publication_id:uuid}/answer", summary="Say whether it is live")
def answer(publication_id: UUID, said: Answer, work: Writing) -> PublicationInFull:
    """Where looking could not tell (`asks_person`). Look at the network first: what is there and is sent
    again is there twice. Within a minute of its sending it is not sent again unless `asks_person`.
    """
    _find(work, publication_id)
    if said.permalink and not is_web_address(said.permalink):
        raise InvalidError(NO_LINK, field="permalink")
    changes.answer_unknown(
        work.session,
        publication_id,
        is_public=said.is_public,
        permalink=said.permalink or None,
        send_again=said.send_again,
    )
    return _sent_and_shown(work, publication_id)


def _find(work: Work, publication_id: UUID) -> OnAccount:
    found = reading.publication(work.session, publication_id)
    if found is None:
        raise NotFoundError("There is no such publication.")
    return found


def _sent_and_shown(work: Work, publication_id: UUID) -> PublicationInFull:
    """The publication as it is now; if it is due, it is sent once this is committed."""
    sending.whole_once_committed(work.session, _find(work, publication_id).row.post_id)
    return _shown(work, publication_id)


def _shown(work: Work, publication_id: UUID) -> PublicationInFull:
    work.session.flush()
    found = _find(work, publication_id)
    return showing.publication_in_full(found, reading.attempts(work.session, publication_id))
