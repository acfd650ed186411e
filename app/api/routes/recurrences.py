"""Recurrences: posts that come again by a rule."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Body, Query

from app.api.callers import member
from app.api.drafting import new_draft
from app.api.problems import refusals
from app.api.route import Router
from app.api.schemas.common import Listed
from app.api.schemas.scheduling import (
    AskedRule,
    Coming,
    NewRecurrence,
    Occurrence,
    OfVersion,
    Recurrence,
    RecurrenceChanges,
)
from identity.errors import InvalidError, NotFoundError
from identity.permissions import Permission
from identity.work import Work
from publishing.scheduling import recurrences

router = Router("recurrences")
Reading = Annotated[Work, member(Permission.POSTS_READ)]
Writing = Annotated[Work, member(Permission.POSTS_WRITE)]


@router.get("/recurrences", summary="List the recurrences")
def list_all(work: Reading, brand_id: Annotated[UUID | None, Query()] = None) -> Listed[Recurrence]:
    """The newest first, all on one page."""
    found = recurrences.recurrences(work.session, brand_id)
    return Listed(items=[Recurrence.model_validate(one) for one in found], next_cursor=None)


@router.post("/recurrences", status_code=201, summary="Begin a recurrence")
def create(new: NewRecurrence, work: Writing) -> Recurrence:
    """Its posts of the next 60 days are made at once, the others as time goes on."""
    draft, starts = new_draft(work, new.post), _local(new.starts, "starts")
    made = recurrences.create(work.session, work.principal.organization_id, draft, new.rule, starts)
    return _shown(work, made)


@router.post("/recurrences/preview", summary="Look at a rule")
def preview(asked: AskedRule, work: Reading) -> Listed[Coming]:
    """Its first times from now on."""
    starts = _local(asked.starts, "starts")
    found = recurrences.preview(work.session, asked.brand_id, asked.rule, starts)
    return Listed(items=[Coming.model_validate(one) for one in found], next_cursor=None)


@router.get("/recurrences/{recurrence_id:uuid}", summary="One recurrence")
def get(recurrence_id: UUID, work: Reading) -> Recurrence:
    """With its next times."""
    return _shown(work, recurrence_id)


@router.patch("/recurrences/{recurrence_id:uuid}", summary="Change a recurrence")
def update(recurrence_id: UUID, changes: Annotated[RecurrenceChanges, Body()], work: Writing) -> Recurrence:
    """What it says and when, from now on."""
    _shown(work, recurrence_id)
    recurrences.edit(
        work.session,
        recurrence_id,
        version=changes["version"],
        draft=new_draft(work, changes["post"]) if "post" in changes else None,
        rule=changes.get("rule"),
        starts=_local(changes["starts"], "starts") if "starts" in changes else None,
        by=work.principal.person_id,
    )
    return _shown(work, recurrence_id)


@router.post("/recurrences/{recurrence_id:uuid}/skip", summary="Skip one time")
def skip(recurrence_id: UUID, at: Occurrence, work: Writing) -> Recurrence:
    """Its post is deleted."""
    _shown(work, recurrence_id)
    recurrences.skip(work.session, recurrence_id, _local(at.occurrence, "occurrence"))
    return _shown(work, recurrence_id)


@router.post("/recurrences/{recurrence_id:uuid}/take-back-skip", summary="Have a skipped time again")
def take_back_skip(recurrence_id: UUID, at: Occurrence, work: Writing) -> Recurrence:
    """Where it is still to come, its post is made."""
    _shown(work, recurrence_id)
    recurrences.take_back_skip(work.session, recurrence_id, _local(at.occurrence, "occurrence"))
    return _shown(work, recurrence_id)


@router.post("/recurrences/{recurrence_id:uuid}/end", summary="End a recurrence", responses=refusals(404))
def end(recurrence_id: UUID, seen: OfVersion, work: Writing) -> Recurrence:
    """No more posts are made, and those that wait are deleted."""
    _shown(work, recurrence_id)
    recurrences.end(work.session, recurrence_id, version=seen.version)
    return _shown(work, recurrence_id)


def _local(written: str, field: str) -> datetime:
    """A time on the brand's clock."""
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        raise InvalidError("There is no such time.", field=field) from None


def _shown(work: Work, recurrence_id: UUID) -> Recurrence:
    found = next((one for one in recurrences.recurrences(work.session) if one.id == recurrence_id), None)
    if found is None:
        raise NotFoundError("There is no such recurrence.")
    return Recurrence.model_validate(found)
