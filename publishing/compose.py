"""What people do to posts: compose, cancel, give another time, answer for an unknown one.

All within the session of one organization: row-level security hides every other's rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from foundation.database import utc_now
from foundation.settings import get_settings
from platforms.message import Message
from publishing.models import ACCOUNTS, BRANDS, Post, Publication
from publishing.senders import ConnectedSenders, Senders
from publishing.states import Event, State, allows, transition

PAST_TOLERANCE = timedelta(minutes=1)


@dataclass(frozen=True)
class Draft:
    """A post as composed. `due_at` is aware UTC; None means now. With an `id` it becomes that post, once."""

    brand_id: UUID
    account_ids: Sequence[UUID]
    text: str
    link: str | None = None
    due_at: datetime | None = None
    created_by: UUID | None = None
    id: UUID | None = None


class DraftError(ValueError):
    """The draft can't be scheduled; `problems` are lines for its author."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


class NotAllowedError(ValueError):
    """The publication is in a state where this can't be done; the message is for people."""


class _Chosen(NamedTuple):
    id: UUID
    network: str
    name: str


def create_post(
    session: Session, organization_id: UUID, draft: Draft, *, senders: Senders | None = None
) -> UUID:
    """Schedule a draft on all its accounts, or on none; returns the post's id.

    A draft whose id is already a post of the organization is that post: nothing is made or changed.

    Raises:
        DraftError: with everything that is wrong with it.
    """
    if draft.id is not None and _exists(session, draft.id):
        return draft.id
    chosen, problems = _accounts(session, draft)
    link = (draft.link or "").strip() or None
    problems += _own_problems(draft, link)
    if draft.text.strip():
        problems += _network_problems(
            chosen, Message(draft.text, link), senders or ConnectedSenders(get_settings())
        )
    if problems:
        raise DraftError(problems)
    post_id = draft.id or uuid4()
    # Whoever makes the same post at this moment is waited for: the second one inserts nothing.
    made = session.scalar(
        insert(Post)
        .values(
            id=post_id,
            organization_id=organization_id,
            brand_id=draft.brand_id,
            text=draft.text,
            link=link,
            created_by=draft.created_by,
        )
        .on_conflict_do_nothing()
        .returning(Post.id)
    )
    if made is None:
        if not _exists(session, post_id):
            raise DraftError(["This draft can't be used again: write it anew."])
        return post_id
    due_at = draft.due_at or utc_now()
    session.add_all(
        Publication(
            id=uuid4(),
            organization_id=organization_id,
            post_id=post_id,
            account_id=account.id,
            network=account.network,
            state=transition(State.DRAFT, Event.SCHEDULE),
            due_at=due_at,
        )
        for account in chosen
    )
    session.flush()
    return post_id


def cancel(session: Session, publication_id: UUID) -> None:
    """Cancel a publication that is not sent yet.

    Raises:
        NotAllowedError: it is being sent, is public, or may be.
    """
    publication = _locked(session, publication_id, Event.CANCEL)
    _change(publication, Event.CANCEL)


def reschedule(session: Session, publication_id: UUID, due_at: datetime | None = None) -> None:
    """Give a publication another time (aware UTC; None: now). Also brings back a failed or missed one.

    Raises:
        NotAllowedError: it is being sent, is public, or may be.
        DraftError: the time is past.
    """
    if problems := _time_problems(due_at):
        raise DraftError(problems)
    publication = _locked(session, publication_id, Event.SCHEDULE)
    _change(
        publication, Event.SCHEDULE, due_at=due_at or utc_now(), sent_at=None, prepared={}, attempt_count=0
    )


def answer_unknown(
    session: Session,
    publication_id: UUID,
    *,
    is_public: bool,
    permalink: str | None = None,
    send_again: bool = True,
) -> None:
    """A person's answer where looking could not tell.

    It is public; or it is not, and goes out now, or with `send_again` False is cancelled.

    Raises:
        NotAllowedError: the publication is not unknown (any more).
    """
    not_public = Event.RULE_OUT if send_again else Event.DROP
    event = Event.CONFIRM if is_public else not_public
    publication = _locked(session, publication_id, event)
    if publication.current is not State.UNKNOWN:
        raise NotAllowedError(_why_not(publication.current))
    if is_public:
        _change(publication, event, published_at=publication.sent_at, permalink=permalink)
    else:
        due_at = utc_now() if send_again else publication.due_at
        _change(publication, event, due_at=due_at, sent_at=None)


def _exists(session: Session, post_id: UUID) -> bool:
    return session.scalar(select(Post.id).where(Post.id == post_id)) is not None


def _accounts(session: Session, draft: Draft) -> tuple[list[_Chosen], list[str]]:
    """The chosen accounts that may be used, and what is wrong with the others."""
    if session.scalar(select(BRANDS.c.id).where(BRANDS.c.id == draft.brand_id)) is None:
        return [], ["This brand does not exist."]
    if not draft.account_ids:
        return [], ["Choose at least one account."]
    problems = []
    if len(set(draft.account_ids)) < len(draft.account_ids):
        problems.append("An account is chosen twice.")
    rows = {
        row.id: row
        for row in session.execute(
            select(ACCOUNTS).where(
                ACCOUNTS.c.id.in_(list(draft.account_ids)), ACCOUNTS.c.brand_id == draft.brand_id
            )
        )
    }
    chosen = []
    for account_id in dict.fromkeys(draft.account_ids):
        row = rows.get(account_id)
        if row is None:
            problems.append("An account does not belong to this brand.")
        elif row.status != "connected":
            problems.append(f"{row.name}: this account has to be connected again first.")
        else:
            chosen.append(_Chosen(row.id, row.network, row.name))
    return chosen, problems


def _own_problems(draft: Draft, link: str | None) -> list[str]:
    problems = []
    if not draft.text.strip():
        problems.append("The text is empty.")
    elif "\x00" in draft.text:
        problems.append("The text contains a character that can't be stored (NUL).")
    if link is not None and not _is_web_address(link):
        problems.append("The link has to be a web address that starts with http:// or https://.")
    return problems + _time_problems(draft.due_at)


def _network_problems(chosen: Sequence[_Chosen], message: Message, senders: Senders) -> list[str]:
    return [
        f"{account.name} ({senders.label(account.network)}): {problem}"
        for account in chosen
        for problem in senders.publisher(account.network).check(message)
    ]


def _time_problems(due_at: datetime | None) -> list[str]:
    if due_at is None:
        return []
    if due_at.tzinfo is None:
        raise ValueError("due_at has to carry a time zone")
    return ["This time has passed."] if due_at < utc_now() - PAST_TOLERANCE else []


def _is_web_address(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:  # e.g. a broken IPv6 host
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(map(_is_unsafe, link))


def _is_unsafe(character: str) -> bool:
    return character.isspace() or not character.isprintable()


def _locked(session: Session, publication_id: UUID, event: Event) -> Publication:
    """The row, locked; whoever comes second, this or the sending, sees what the first did."""
    publication = session.scalars(
        select(Publication)
        .where(Publication.id == publication_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if publication is None:
        raise NotAllowedError("This post does not exist.")
    if not allows(publication.current, event):
        raise NotAllowedError(_why_not(publication.current))
    return publication


def _why_not(state: State) -> str:
    reasons = {
        State.PUBLISHING: "It is being sent now.",
        State.PUBLISHED: "It is already published.",
        State.CANCELLED: "It is cancelled.",
        State.UNKNOWN: "It was sent, and whether it is public has to be settled first.",
    }
    return reasons.get(state, f"It is {state.value.replace('_', ' ')}.")


def _change(publication: Publication, event: Event, **values: Any) -> None:
    """Move on, and end any lease: the new version stops a publisher that holds the old one."""
    publication.state = transition(publication.current, event)
    publication.version += 1
    publication.lease_owner = publication.lease_until = publication.not_before = None
    publication.problem = publication.advice = None
    publication.asks_person = False
    for name, value in values.items():
        setattr(publication, name, value)
