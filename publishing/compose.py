"""Composing a post: checked as a whole, then on all its accounts or on none.

All within the session of one organization: row-level security hides every other's rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from foundation.database import utc_now
from foundation.settings import get_settings
from publishing import gate, library
from publishing.changes import DraftError
from publishing.content import Content, File
from publishing.drafts import Draft, Planned, chosen_accounts, planned, problems_of
from publishing.fitting import fitted
from publishing.models import Post, Publication
from publishing.senders import ConnectedSenders, Senders
from publishing.states import Event, State, transition


class DueTimes(NamedTuple):
    """When a post falls due (aware UTC; None: it has no time yet), and where at another time, by account."""

    usual: datetime | None
    own: Mapping[UUID, datetime]

    def on(self, account_id: UUID) -> datetime | None:
        """When it falls due on one account."""
        return self.own.get(account_id, self.usual)


def create_post(
    session: Session, organization_id: UUID, draft: Draft, *, senders: Senders | None = None
) -> UUID:
    """Put a draft on all its accounts, or on none; returns the post's id.

    It is scheduled; where the brand has an approval workflow it is in review first; `unfinished`, it is kept
    as a draft. A draft whose id is already a post of the organization is that post: nothing is changed.

    Raises:
        DraftError: with everything that is wrong with it.
    """
    if draft.id is not None and _exists(session, draft.id):
        return draft.id
    senders = senders or ConnectedSenders(get_settings())
    plan = checked_plan(session, organization_id, draft, senders)
    post_id = draft.id or uuid4()
    # Whoever makes the same post at this moment is waited for: the second one inserts nothing.
    # It returns nothing: who is limited to accounts does not see the post before it has publications.
    values = {"id": post_id, "organization_id": organization_id, "created_by": draft.created_by}
    statement = insert(Post).values(**values, **columns_of(draft)).on_conflict_do_nothing()
    made = session.connection().execute(statement.execution_options(preserve_rowcount=True))
    if made.rowcount != 1:
        if not _exists(session, post_id):
            raise DraftError(["This draft can't be used again: write it anew."])
        return post_id
    in_review = not draft.unfinished and gate.is_needed(session, draft.brand_id)
    state = first_state(draft, in_review=in_review)
    add_publications(session, organization_id, post_id, plan, state, due_times(draft))
    if in_review:
        gate.open_round(session, organization_id, post_id, draft.brand_id, 1, draft.created_by)
    return post_id


def checked_plan(session: Session, organization_id: UUID, draft: Draft, senders: Senders) -> list[Planned]:
    """The publications a draft comes to.

    Raises:
        DraftError: with everything that is wrong with it.
    """
    chosen, problems = chosen_accounts(session, draft)
    plan = [_fitted(one, draft, organization_id, senders) for one in planned(draft, chosen, senders)]
    problems += problems_of(draft, plan, organization_id, senders)
    if library.unknown(session, _files(draft)):
        problems.append("A file of this post is not there (any more). Add it again.")
    if problems:
        raise DraftError(problems)
    return plan


def _files(draft: Draft) -> list[File]:
    said = [draft.content, *(draft.content.with_own(own) for own in draft.own.values())]
    return [file for one in said for file in (*one.media, one.cover) if file is not None]


def _fitted(plan: Planned, draft: Draft, organization_id: UUID, senders: Senders) -> Planned:
    content = Content() if plan.part else draft.content
    capabilities = senders.capabilities(plan.account.network)
    return plan._replace(own=fitted(content, plan.own, capabilities, organization_id))


def columns_of(draft: Draft) -> dict[str, object]:
    """The post's columns that a draft fills."""
    return {
        "brand_id": draft.brand_id,
        "text": draft.text,
        "link": draft.content.link,
        "kind": draft.kind.value,
        "title": draft.title,
        "media": [asdict(file) for file in draft.media],
        "parts": list(draft.parts),
        "first_comment": draft.first_comment,
        "labels": list(dict.fromkeys(label.strip() for label in draft.labels if label.strip())),
        "campaign_id": draft.campaign_id,
        "campaign_offset": draft.campaign_offset,
        "recurrence_id": draft.recurrence_id,
        "occurrence": draft.occurrence,
    }


def first_state(draft: Draft, *, in_review: bool) -> State:
    """Where a composed publication begins."""
    if draft.unfinished:
        return State.DRAFT
    return transition(State.DRAFT, Event.SUBMIT_FOR_REVIEW if in_review else Event.SCHEDULE)


def due_times(draft: Draft, now: datetime | None = None) -> DueTimes:
    """When it falls due on each account; what is to go out now does so at this moment (aware UTC)."""
    usual = draft.due_at if draft.unfinished else draft.due_at or now or utc_now()
    return DueTimes(usual, draft.times)


def add_publications(
    session: Session,
    organization_id: UUID,
    post_id: UUID,
    plan: Sequence[Planned],
    state: State,
    due: DueTimes,
    *,
    present: Mapping[tuple[UUID, int], UUID] | None = None,
) -> None:
    """Make the planned publications, each part following the one before it on its account.

    `present` are those that are there already, by account and part.
    """
    made = dict(present or {})
    for account, part, own in plan:
        publication = Publication(
            id=uuid4(),
            organization_id=organization_id,
            post_id=post_id,
            account_id=account.id,
            network=account.network,
            state=state,
            due_at=due.on(account.id),
            own=own,
            part=part,
            follows_id=made[account.id, part - 1] if part else None,
        )
        made[account.id, part] = publication.id
        session.add(publication)
        session.flush()


def _exists(session: Session, post_id: UUID) -> bool:
    return session.scalar(select(Post.id).where(Post.id == post_id)) is not None
