"""From what is sent to the API to the drafts that publishing takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from app.api.schemas.posts import AccountIn, FileIn, NewPost, PostChanges
from foundation.database import SCHEMA
from identity.errors import InvalidError
from identity.work import Work
from publishing import library
from publishing.content import File
from publishing.drafts import Draft
from publishing.editing import edit_post
from publishing.models import Publication
from publishing.opening import opened
from publishing.scheduling.moving import locked_posts, locked_publications, require_all_accounts
from publishing.states import Event, State, allows

WHEN = "Say when it goes out: send due_at (null is now)."
NO_FILE = "There is no such file: upload it first."
NO_CAMPAIGN = "This brand has no such campaign."
CAMPAIGNS = table("campaigns", column("id"), column("brand_id"), schema=SCHEMA)


def new_draft(work: Work, new: NewPost) -> Draft:
    """The draft of a new post.

    Raises:
        InvalidError: a file or the campaign does not exist.
    """
    _check_campaign(work.session, new.brand_id, new.campaign_id)
    return Draft(
        brand_id=new.brand_id,
        account_ids=[one.id for one in new.accounts],
        text=new.text,
        link=new.link,
        due_at=new.due_at,
        created_by=work.principal.person_id,
        kind=new.kind,
        title=new.title,
        media=_files(work.session, new.media),
        own=_own(work.session, new.accounts),
        times=_times(new.accounts),
        parts=new.parts,
        first_comment=new.first_comment,
        labels=new.labels,
        campaign_id=new.campaign_id,
        unfinished=new.unfinished,
    )


def change_post(work: Work, post_id: UUID, changes: PostChanges) -> None:
    """Change what is sent of a post and leave the rest, each account's own time too.

    Raises:
        InvalidError: a file or the campaign does not exist, or nobody said when it goes out.
        DraftError, ConflictError, NotAllowedError: see `publishing.editing.edit_post`.
    """
    session = work.session
    require_all_accounts(session)
    locked_publications(session, locked_posts(session, [post_id]))  # before the times are read
    draft = _changed(session, opened(session, post_id).draft, changes)
    given = _times(changes.get("accounts", ()))
    waiting = [row for row in _rows(session, post_id) if allows(row.current, Event.REVISE)]
    times = {row.id: row.due_at for row in waiting if row.current is not State.CANCELLED}
    edit_post(session, post_id, draft, version=changes["version"], by=work.principal.person_id)
    if "due_at" not in changes:
        for row in waiting:
            if row.account_id not in given:
                row.due_at = times.get(row.id, row.due_at)


def _rows(session: Session, post_id: UUID) -> Sequence[Publication]:
    return session.scalars(select(Publication).where(Publication.post_id == post_id)).all()


def _changed(session: Session, draft: Draft, changes: PostChanges) -> Draft:
    if draft.unfinished and changes.get("unfinished") is False and "due_at" not in changes:
        raise InvalidError(WHEN, field="due_at")
    values: dict[str, Any] = {name: value for name, value in changes.items() if name != "version"}
    if "accounts" in changes:
        accounts = values.pop("accounts")
        values |= {"account_ids": [one.id for one in accounts], "own": _own(session, accounts)}
        values["times"] = _times(accounts)
    elif "due_at" in changes:
        values["times"] = {}
    if "media" in changes:
        values["media"] = _files(session, changes["media"])
    if changes.get("campaign_id", draft.campaign_id) != draft.campaign_id:
        _check_campaign(session, draft.brand_id, changes["campaign_id"])
        values["campaign_offset"] = None
    return replace(draft, **values)


def _own(session: Session, accounts: Sequence[AccountIn]) -> dict[UUID, dict[str, Any]]:
    """What differs on each account, as it is stored."""
    found = {}
    for account in accounts:
        own: dict[str, Any] = dict(account.own)
        if "media" in account.own:
            own["media"] = [asdict(file) for file in _files(session, account.own["media"])]
        if cover := account.own.get("cover"):
            own["cover"] = asdict(_files(session, [cover])[0])
        found[account.id] = own
    return {account_id: own for account_id, own in found.items() if own}


def _times(accounts: Sequence[AccountIn]) -> dict[UUID, datetime]:
    return {account.id: account.due_at for account in accounts if account.due_at is not None}


def _files(session: Session, wanted: Sequence[FileIn]) -> list[File]:
    found = [library.find(session, one.key, alt=one.alt) for one in wanted]
    if None in found:
        raise InvalidError(NO_FILE, field="media")
    return [file for file in found if file is not None]


def _check_campaign(session: Session, brand_id: UUID, campaign_id: UUID | None) -> None:
    query = select(CAMPAIGNS.c.id).where(CAMPAIGNS.c.id == campaign_id, CAMPAIGNS.c.brand_id == brand_id)
    if campaign_id is not None and session.scalar(query) is None:
        raise InvalidError(NO_CAMPAIGN, field="campaign_id")
