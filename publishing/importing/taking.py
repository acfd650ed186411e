"""Taking the posts of a file in: all of them, or none; or, where that is wanted, those that are right."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.database import Tenant, tenant_session
from foundation.settings import Settings, get_settings
from publishing.changes import DraftError
from publishing.compose import checked_plan, create_post
from publishing.drafts import Draft
from publishing.importing import bringing
from publishing.importing.entries import Contents, Entry, Place, Problem
from publishing.importing.resolving import Around, around, draft_of, late
from publishing.models import Post
from publishing.senders import ConnectedSenders, Senders

# What a network says of files names them so.
_OF_FILES = ("image", "video", "file", "picture", "document", "pixels", "MB")


@dataclass
class Taken:
    """What came of a file. `made` and `there` are ids of posts: new ones, and those of an earlier import.

    `deleted` are where posts of an earlier import stand that were deleted since, and `total` counts all posts
    of the file. With `undone` nothing was kept: it was a dry run, or something was wrong.
    """

    made: list[UUID] = field(default_factory=list)
    there: list[UUID] = field(default_factory=list)
    deleted: list[Place] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    total: int = 0
    undone: bool = False

    @property
    def good(self) -> int:
        """How many posts have nothing wrong."""
        return len(self.made) + len(self.there) + len(self.deleted)


class _UndoneError(Exception):
    """Rolls everything back."""


def take(
    contents: Contents,
    tenant: Tenant,
    brand_id: UUID,
    *,
    base: Path | None = None,
    by: UUID | None = None,
    dry_run: bool = False,
    only_good: bool = False,
    senders: Senders | None = None,
    settings: Settings | None = None,
) -> Taken:
    """Make the posts of a file in one transaction. A post of an earlier import stays as it is.

    One that was deleted since stays so, too: it may be public already.
    With anything wrong nothing is made, unless `only_good`. A dry run checks everything and makes nothing.
    `base` is the folder that paths of files begin at.

    Raises:
        LookupError: there is no such brand.
    """
    settings = settings or get_settings()
    senders = senders or ConnectedSenders(settings)
    brought = bringing.bring(contents.entries, tenant, base, settings)
    taken = Taken(problems=list(contents.problems), total=len(contents.entries))
    with suppress(_UndoneError), tenant_session(tenant, settings) as session:
        files = bringing.keep(session, contents.entries, brought, tenant, settings)
        known = around(session, tenant.organization_id, brand_id)
        drafts = []
        for entry in contents.entries:
            draft, problems = draft_of(entry, known, files, by, brought.problems_of(entry))
            taken.problems += problems
            if draft and problems:
                taken.problems += _refused(session, known, entry, draft, senders)
            elif draft:
                drafts.append((entry, draft))
        _make(session, known, drafts, taken, senders)
        taken.problems.sort(key=lambda problem: problem.place[:2])
        taken.undone = dry_run or (bool(taken.problems) and not only_good)
        if taken.undone:
            raise _UndoneError
    return taken


def _make(
    session: Session,
    known: Around,
    drafts: Sequence[tuple[Entry, Draft]],
    taken: Taken,
    senders: Senders,
) -> None:
    query = select(Post.id, Post.deleted_at).where(Post.id.in_([draft.id for _, draft in drafts]))
    rows = session.execute(query).all()
    there: set[UUID] = {row.id for row in rows}
    deleted = {row.id for row in rows if row.deleted_at}
    seen: dict[UUID | None, int] = {}
    for entry, draft in drafts:
        if draft.id in seen:
            words = f"This is the same post as in line {seen[draft.id]}."
            taken.problems.append(Problem(entry.place, words))
            continue
        seen[draft.id] = entry.place.line
        if draft.id in deleted:
            taken.deleted.append(entry.place)
        elif draft.id in there:
            taken.there.append(draft.id)
        elif problems := late(entry, draft):
            taken.problems += problems
            taken.problems += _refused(session, known, entry, replace(draft, due_at=None), senders)
        else:
            try:
                taken.made.append(create_post(session, known.organization_id, draft, senders=senders))
            except DraftError as error:
                taken.problems += _placed(entry, error)


def _refused(session: Session, known: Around, entry: Entry, draft: Draft, senders: Senders) -> list[Problem]:
    """What is wrong with a post that is not made anyway."""
    try:
        checked_plan(session, known.organization_id, draft, senders)
    except DraftError as error:
        return _placed(entry, error)
    return []


def _placed(entry: Entry, error: DraftError) -> list[Problem]:
    return [Problem(_place_of(entry, words), words) for words in error.problems]


def _place_of(entry: Entry, words: str) -> Place:
    """Where the words of a check belong."""
    if "label" in words:
        return entry.at_field("labels")
    if "connected again" in words:
        return entry.at_field("account")
    if entry.media and any(word in words for word in _OF_FILES):
        return entry.at_field("media")
    return entry.at_field("text")
