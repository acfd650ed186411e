"""A post as composed, and everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.settings import get_settings
from platforms.capabilities import Capabilities
from platforms.message import Kind, Message, ReplyTo
from publishing.changes import time_problems
from publishing.content import Content, File
from publishing.models import ACCOUNTS, BRANDS
from publishing.senders import Senders

# What a check needs to know of a post that is not there yet.
SOME_POST = ReplyTo("parent", "root")
LABELS = 20
LABEL_LENGTH = 50


@dataclass(frozen=True)
class Draft:
    """A post as composed. `due_at` is aware UTC; None means now. With an `id` it becomes that post, once.

    `own` is what differs on an account, by the account's id: fields of `Content`; `times` is when it goes out
    where that is at another time. `parts` are texts that continue the post as a thread, `first_comment` goes
    below it, on the networks that have them; elsewhere the post goes out without.
    `unfinished` keeps it as a draft: nothing is sent, and no network's limit holds it back.
    """

    brand_id: UUID
    account_ids: Sequence[UUID]
    text: str
    link: str | None = None
    due_at: datetime | None = None
    created_by: UUID | None = None
    id: UUID | None = None
    kind: Kind = Kind.TEXT
    title: str = ""
    media: Sequence[File] = ()
    own: Mapping[UUID, Mapping[str, Any]] = field(default_factory=dict)
    times: Mapping[UUID, datetime] = field(default_factory=dict)
    parts: Sequence[str] = ()
    first_comment: str = ""
    labels: Sequence[str] = ()
    campaign_id: UUID | None = None
    campaign_offset: timedelta | None = None
    recurrence_id: UUID | None = None
    occurrence: datetime | None = None  # wall-clock, without zone
    unfinished: bool = False

    @property
    def content(self) -> Content:
        """What all accounts have in common."""
        link = (self.link or "").strip() or None
        return Content(self.text, link, self.kind, self.title, tuple(self.media))


class Chosen(NamedTuple):
    """An account that may be used. `options` are those that all its messages have by themselves."""

    id: UUID
    network: str
    name: str
    options: Mapping[str, Any] = MappingProxyType({})


class Planned(NamedTuple):
    """One publication to be: what it says on its own, and which part of the post it is."""

    account: Chosen
    part: int
    own: dict[str, Any]


def chosen_accounts(session: Session, draft: Draft) -> tuple[list[Chosen], list[str]]:
    """The chosen accounts that may be used, and what is wrong with the others."""
    if session.scalar(select(BRANDS.c.id).where(BRANDS.c.id == draft.brand_id)) is None:
        return [], ["This brand does not exist."]
    if not draft.account_ids:
        return [], [] if draft.unfinished else ["Choose at least one account."]
    problems = []
    if len(set(draft.account_ids)) < len(draft.account_ids):
        problems.append("An account is chosen twice.")
    query = select(ACCOUNTS).where(
        ACCOUNTS.c.id.in_(list(draft.account_ids)), ACCOUNTS.c.brand_id == draft.brand_id
    )
    rows = {row.id: row for row in session.execute(query)}
    chosen = []
    for account_id in dict.fromkeys(draft.account_ids):
        row = rows.get(account_id)
        if row is None:
            problems.append("An account does not belong to this brand.")
        elif row.status != "connected" and not draft.unfinished:
            problems.append(f"{row.name}: this account has to be connected again first.")
        else:
            chosen.append(Chosen(row.id, row.network, row.name, row.options))
    return chosen, problems


def planned(draft: Draft, chosen: Sequence[Chosen], senders: Senders) -> list[Planned]:
    """The publications of a draft: on each account the post, the parts of its thread, its first comment."""
    found = []
    for account in chosen:
        found.append(Planned(account, 0, dict(draft.own.get(account.id, {}))))
        can = senders.capabilities(account.network)
        more = list(draft.parts) if can.threads else []
        if draft.first_comment.strip() and takes_comment(can, _kind(draft, account)):
            more.append(draft.first_comment)
        found += [Planned(account, number, {"text": text}) for number, text in enumerate(more, 1)]
    return found


def takes_comment(can: Capabilities, kind: Kind) -> bool:
    """Whether a network with these capabilities takes a first comment below this kind of post."""
    return (can.threads or can.comments) and kind is not Kind.STORY


def problems_of(draft: Draft, plan: Sequence[Planned], organization_id: UUID, senders: Senders) -> list[str]:
    """Lines for the author of a draft, empty when it can go out as it is."""
    said = [draft.content, *(draft.content.with_own(own) for own in draft.own.values())]
    sayable = any(one.text.strip() or one.media for one in said)
    problems = [] if draft.unfinished or sayable else ["The text is empty."]
    problems += _own_problems(draft)
    if draft.unfinished:
        return problems
    problems += _time_problems(draft, plan, senders)
    return problems + (list(_network_problems(draft, plan, organization_id, senders)) if sayable else [])


def _own_problems(draft: Draft) -> Iterator[str]:
    written = [draft.text, draft.title, draft.first_comment, *draft.parts, *draft.labels]
    written += [str(value) for own in draft.own.values() for value in own.values()]
    if any("\x00" in text for text in written):
        yield "The text contains a character that can't be stored (NUL)."
    links = [draft.content.link, *(own.get("link") for own in draft.own.values())]
    if not all(is_web_address(link) for link in links if link):
        yield "The link has to be a web address that starts with http:// or https://."
    if any(not part.strip() for part in draft.parts):
        yield "A part of the thread is empty."
    if len(draft.labels) > LABELS or any(len(label) > LABEL_LENGTH for label in draft.labels):
        yield f"A post takes up to {LABELS} labels of {LABEL_LENGTH} characters."
    if (set(draft.own) | set(draft.times)) - set(draft.account_ids):
        yield "Something is said for an account that is not chosen."


def _network_problems(
    draft: Draft, plan: Sequence[Planned], organization_id: UUID, senders: Senders
) -> Iterator[str]:
    for account, part, own in plan:
        where = f"{account.name} ({senders.label(account.network)}{f', part {part + 1}' if part else ''})"
        message = message_of(draft, part, own, organization_id)
        message = replace(message, options={**account.options, **message.options})
        for problem in senders.publisher(account.network).check(message):
            yield f"{where}: {problem}"


def _kind(draft: Draft, account: Chosen) -> Kind:
    return draft.content.with_own(draft.own.get(account.id, {})).kind


def _time_problems(draft: Draft, plan: Sequence[Planned], senders: Senders) -> Iterator[str]:
    yield from time_problems(draft.due_at)
    for account, part, _ in plan:
        if part == 0:
            for problem in time_problems(draft.times.get(account.id)):
                yield f"{account.name} ({senders.label(account.network)}): {problem}"


def message_of(draft: Draft, part: int, own: Mapping[str, Any], organization_id: UUID) -> Message:
    """What would be sent."""
    content = (draft.content if part == 0 else Content()).with_own(own)
    message = content.message(organization_id, get_settings())
    return replace(message, reply_to=SOME_POST if part else None)


def is_web_address(link: str) -> bool:
    """Whether it is an address that people can open, http or https."""
    try:
        parts = urlsplit(link)
    except ValueError:  # e.g. a broken IPv6 host
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(map(_is_unsafe, link))


def _is_unsafe(character: str) -> bool:
    return character.isspace() or not character.isprintable()
