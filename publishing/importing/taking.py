"""Taking the posts of a file in: all of them, or none; or, where that is wanted, those that are right."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.database import Tenant, tenant_session
from foundation.settings import Settings, get_settings
from publishing.changes import DraftError
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.importing import bringing
from publishing.importing.entries import Contents, Entry, Place, Problem, UnreadableError
from publishing.importing.resolving import Around, around, draft_of, late
from publishing.models import Post
from publishing.senders import Senders

# What a network says of files names them so.
_OF_FILES = ("image", "video", "file", "picture", "document", "pixels", "MB")


@dataclass
class Taken:
    """What came of a file. `made` and `there` are ids of posts: new ones, and those of an earlier import.

    With `undone` nothing was kept: it was a dry run, or something was wrong.
    """

    made: list[UUID] = field(default_factory=list)
    there: list[UUID] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    undone: bool = False


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

    With anything wrong nothing is made, unless `only_good`. A dry run checks everything and makes nothing.
    `base` is the folder that paths of files begin at.

    Raises:
        LookupError: there is no such brand.
    """
    settings = settings or get_settings()
    brought = bringing.bring(contents.entries, tenant, base, settings)
    taken = Taken(problems=list(contents.problems))
    with suppress(_UndoneError), tenant_session(tenant, settings) as session:
        files = bringing.keep(session, contents.entries, brought, tenant, settings)
        known = around(session, tenant.organization_id, brand_id)
        drafts = []
        for entry in contents.entries:
            try:
                if problems := brought.problems_of(entry):
                    raise UnreadableError(*problems)
                drafts.append((entry, draft_of(entry, known, files, by)))
            except UnreadableError as error:
                taken.problems += error.problems
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
    senders: Senders | None,
) -> None:
    query = select(Post.id).where(Post.id.in_([draft.id for _, draft in drafts]))
    there = set(session.scalars(query))
    seen: dict[UUID | None, int] = {}
    for entry, draft in drafts:
        if draft.id in seen:
            words = f"This is the same post as in line {seen[draft.id]}."
            taken.problems.append(Problem(entry.place, words))
            continue
        seen[draft.id] = entry.place.line
        if draft.id in there:
            taken.there.append(draft.id)
        elif problems := late(entry, draft):
            taken.problems += problems
        else:
            try:
                taken.made.append(create_post(session, known.organization_id, draft, senders=senders))
            except DraftError as error:
                taken.problems += [Problem(_place_of(entry, words), words) for words in error.problems]


def _place_of(entry: Entry, words: str) -> Place:
    """Where the words of a check belong."""
    if "label" in words:
        return entry.at_field("labels")
    if "connected again" in words:
        return entry.at_field("account")
    if entry.media and any(word in words for word in _OF_FILES):
        return entry.at_field("media")
    return entry.at_field("text")
