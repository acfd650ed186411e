"""The files that posts of a file name: beside it, in the library, or at an address."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from foundation.database import Tenant
from foundation.settings import Settings
from platforms import media
from platforms.media import MediaError
from publishing import library
from publishing.content import File
from publishing.importing.entries import Entry, Problem

ADDRESSES: Final = ("https://", "http://")


class Brought:
    """What was named, where it is on this machine now; and what could not be had."""

    def __init__(self) -> None:
        self.paths: dict[str, Path] = {}
        self.problems: dict[str, str] = {}

    def problems_of(self, entry: Entry) -> list[Problem]:
        """What is wrong with the files of an entry."""
        place = entry.at_field("media")
        return [
            Problem(place, f"{where}: {self.problems[where]}")
            for where, _ in entry.media
            if where in self.problems
        ]


def bring(entries: Iterable[Entry], tenant: Tenant, base: Path | None, settings: Settings) -> Brought:
    """Have every file that is named, each once. `base` is the folder that paths begin at; None: no paths.

    No transaction is open while files come from elsewhere.
    """
    found = Brought()
    for where in dict.fromkeys(where for entry in entries for where, _ in entry.media):
        try:
            if where.startswith(ADDRESSES):
                found.paths[where] = media.fetch(where, tenant.organization_id, settings).path
            elif not library.KEY.fullmatch(where):
                found.paths[where] = _beside(where, base)
        except MediaError as error:
            found.problems[where] = str(error)
    return found


def keep(
    session: Session, entries: Iterable[Entry], brought: Brought, tenant: Tenant, settings: Settings
) -> dict[str, File]:
    """Put what was brought into the library; the files by how they are named."""
    files: dict[str, File] = {}
    for where in dict.fromkeys(where for entry in entries for where, _ in entry.media):
        if where in brought.problems:
            continue
        try:
            if where in brought.paths:
                content, name = brought.paths[where].read_bytes(), where.rpartition("/")[2]
                files[where] = library.keep(
                    session, tenant.organization_id, content, name=name.partition("?")[0], settings=settings
                )
            elif known := library.find(session, where):
                files[where] = known
            else:
                brought.problems[where] = "There is no such file in the library."
        except (MediaError, OSError) as error:
            words = str(error) if isinstance(error, MediaError) else "The file can't be read."
            brought.problems[where] = words
    return files


def _beside(where: str, base: Path | None) -> Path:
    if base is None:
        raise MediaError("Name a file by its https address, or by its key.")
    path = base / where
    if not path.is_file():
        raise MediaError("There is no such file.")
    if path.stat().st_size > media.LARGEST:
        raise MediaError(f"The file is larger than {media.LARGEST // media.MIB} MB.")
    return path
