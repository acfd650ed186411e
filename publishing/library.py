"""The files of an organization: brought or fetched, kept once, found again by what is in them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Text, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from foundation.database import Base, Tenant, tenant_session, worker_session
from foundation.settings import Settings, get_settings
from platforms import media
from platforms.message import Media
from publishing.content import File

NAME_LENGTH = 200
KEY = re.compile(r"[0-9a-f]{64}")


class KeptFile(Base):
    """A file as it came; the bytes are where `platforms.media` keeps them."""

    __tablename__ = "media"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    mime: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int | None]
    height: Mapped[int | None]
    duration_s: Mapped[float | None]
    name: Mapped[str] = mapped_column(Text, default="")
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


@dataclass(frozen=True)
class Entry:
    """A file with the name it came with."""

    file: File
    name: str
    created_at: datetime


def keep(
    session: Session,
    organization_id: UUID,
    content: bytes,
    *,
    name: str = "",
    alt: str = "",
    by: UUID | None = None,
    settings: Settings | None = None,
) -> File:
    """Keep a file that somebody brought; the same file twice is one.

    Raises:
        MediaError: it is nothing that a post can show.
    """
    kept = media.keep(content, organization_id, settings or get_settings(), alt=alt)
    return _noted(session, organization_id, kept, name, by)


def fetch(
    tenant: Tenant,
    url: str,
    *,
    alt: str = "",
    by: UUID | None = None,
    largest: int = media.LARGEST,
    settings: Settings | None = None,
) -> File:
    """Keep the file at an https address; no transaction is open while it comes.

    Raises:
        MediaError: it can't be fetched, is too large (bytes), or is nothing that a post can show.
    """
    settings = settings or get_settings()
    kept = media.fetch(url, tenant.organization_id, settings, alt=alt, largest=largest)
    with tenant_session(tenant, settings) as session:
        return _noted(session, tenant.organization_id, kept, url.rpartition("/")[2].partition("?")[0], by)


def find(session: Session, key: str, *, alt: str = "") -> File | None:
    """A file of the organization that was kept before."""
    row = session.scalars(select(KeptFile).where(KeptFile.key == key)).one_or_none()
    return _file(row, alt) if row is not None else None


def newest(
    session: Session, *, limit: int = 24, after: tuple[datetime, str] | None = None, by: UUID | None = None
) -> list[Entry]:
    """The organization's files, or those one person brought, the last one first.

    `after` is the time and key of the one before.
    """
    query = select(KeptFile).order_by(KeptFile.created_at.desc(), KeptFile.key.desc()).limit(limit)
    if by is not None:
        query = query.where(KeptFile.created_by == by)
    if after is not None:
        query = query.where(tuple_(KeptFile.created_at, KeptFile.key) < after)
    return [Entry(_file(row), row.name, row.created_at) for row in session.scalars(query)]


def unknown(session: Session, files: Collection[File]) -> bool:
    """Whether one of the files was never kept for the organization. Nothing made from one is looked up."""
    keys = {key for file in files for key in (file.key, file.made_from or file.key)}
    wanted = {file.made_from or file.key for file in files}
    if not all(map(KEY.fullmatch, keys)):
        return True
    if not wanted:
        return False
    count = select(func.count()).select_from(KeptFile).where(KeptFile.key.in_(wanted))
    return session.scalar(count) != len(wanted)


def forget_gone(settings: Settings) -> int:
    """Remove the files of organizations that were removed for good; how many organizations had some."""
    root = settings.home / "media"
    folders = {folder.name: folder for folder in root.iterdir()} if root.is_dir() else {}
    with worker_session(settings) as session:  # asked later, so that a new one's folder is not taken for old
        there = session.scalars(text("SELECT id::text FROM allin.organizations")).all()
    # A database without any organization is rather the wrong one, or a new one beside old files.
    gone = [folder for name, folder in folders.items() if name not in there] if there else []
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    return len(gone)


def _noted(session: Session, organization_id: UUID, kept: Media, name: str, by: UUID | None) -> File:
    file = File(kept.key, kept.mime, kept.size, kept.width, kept.height, kept.duration_s, kept.alt)
    row = asdict(file)
    for computed in ("alt", "made_from"):
        row.pop(computed)
    shown = name.replace("\x00", "").strip()[:NAME_LENGTH]
    statement = insert(KeptFile).values(organization_id=organization_id, name=shown, created_by=by, **row)
    session.execute(statement.on_conflict_do_nothing())
    return file


def _file(row: KeptFile, alt: str = "") -> File:
    return File(row.key, row.mime, row.size, row.width, row.height, row.duration_s, alt)
