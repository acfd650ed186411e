"""Looking at a file before anything is imported: what it is, what is wrong, and what would come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import polars as pl
from sqlalchemy import select

from foundation.database import Tenant, tenant_session, utc_now
from foundation.settings import Settings, get_settings
from publishing.importing.entries import Place, Problem
from warehouse.importing import accounts, folders
from warehouse.importing.accounts import BRANDS, Accounts, Known, New
from warehouse.importing.columns import Kind
from warehouse.importing.duplicates import leave_out_repeated
from warehouse.importing.findings import Findings
from warehouse.importing.mapping import Chosen, Mapped, mapped
from warehouse.importing.presets import Preset, of_key, recognised
from warehouse.importing.rows import Reader
from warehouse.importing.scratch import scratch
from warehouse.importing.staging import Staged
from warehouse.importing.tables import Table, UnreadableError, opened, rows

Progress = Callable[[int, float], object]  # rows done, and which share of all that is
PROBLEMS: Final = "problems.csv"


@dataclass(frozen=True)
class Wanted:
    """What is to be imported: a file of one kind, into a brand of a tenant.

    `preset` is the key of how it is read, "" for what its header says. `exported_at` (aware) is the moment
    its counters are true for, None: when the file was last changed. `encoding` "" is found out.
    """

    tenant: Tenant
    brand_id: UUID
    kind: Kind
    path: Path
    file_name: str
    preset: str = ""
    chosen: Chosen = field(default_factory=Chosen)
    exported_at: datetime | None = None
    encoding: str = ""


@dataclass
class Examined:
    """What came of looking: rows that are right are staged in `folder`, and nothing is imported yet.

    `wrong` counts the rows with problems, `problems` are the first of those, all are in the file `told`
    (CSV). `blocked`: the file as a whole can't be read, so no row can be taken. `columns` says from which
    headers each canonical column is read, `zone` on which clock (None: the account's own).
    """

    wanted: Wanted
    folder: Path
    exported_at: datetime
    header: tuple[str, ...] = ()
    preset: Preset | None = None
    encoding: str = ""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    right: int = 0
    wrong: int = 0
    problem_count: int = 0
    problems: Sequence[Problem] = ()
    notices: Sequence[str] = ()
    first: pl.DataFrame = field(default_factory=pl.DataFrame)
    found: Sequence[Known] = ()
    made: Sequence[New] = ()
    days: tuple[date, date] | None = None
    digest: str = ""
    blocked: bool = False

    @property
    def told(self) -> Path:
        """The file with every problem."""
        return self.folder / PROBLEMS

    def drop(self) -> None:
        """Forget what is staged."""
        folders.drop(self.folder)


def examine(
    wanted: Wanted,
    *,
    folder: Path | None = None,
    progress: Progress | None = None,
    settings: Settings | None = None,
) -> Examined:
    """Read the whole file, in bounded memory, and check every row. Nothing is imported.

    `folder` is where to stage (None: a new one, which stays until `Examined.drop`). `progress` hears how many
    rows are read, and which share of the file.

    Raises:
        LookupError: there is no such brand, or no such preset.
        OSError: the file can't be read.
    """
    settings = settings or get_settings()
    with tenant_session(wanted.tenant, settings) as session:
        zone = session.scalar(select(BRANDS.c.timezone).where(BRANDS.c.id == wanted.brand_id))
        present = accounts.known(session)
    if zone is None:
        raise LookupError("There is no such brand.")
    preset = of_key(wanted.preset, wanted.kind) if wanted.preset else None
    result = Examined(wanted, folder or folders.fresh(settings), _exported_at(wanted))
    mine = Accounts(present, wanted.tenant.organization_id, wanted.brand_id, zone)
    with Findings(result.told, wanted.file_name) as findings:
        try:
            table, how = _opened(wanted, preset, result)
            _read(table, how, mine, findings, result, progress)
        except UnreadableError as error:
            for problem in error.problems:
                findings.add(problem)
            result.blocked = True
        except BaseException:
            result.drop()
            raise
        result.problems, result.problem_count = tuple(findings.first), findings.total
        result.wrong, result.notices = findings.rows, tuple(findings.told())
    result.found, result.made = tuple(mine.found.values()), tuple(mine.made.values())
    return result


def _exported_at(wanted: Wanted) -> datetime:
    changed = datetime.fromtimestamp(wanted.path.stat().st_mtime, UTC)
    return min(wanted.exported_at or changed, utc_now())


def _opened(wanted: Wanted, preset: Preset | None, result: Examined) -> tuple[Table, Mapped]:
    """The table and how it is read.

    Raises:
        UnreadableError: it can't be: it is no table, of another kind, or columns lack.
    """
    table = opened(wanted.path, lambda cells: recognised(cells) is not None, wanted.encoding or None)
    result.header, result.encoding = table.header, table.encoding
    found = preset or recognised(table.header)
    if found is not None and (found.refused or found.kind is not wanted.kind):
        if preset or not wanted.chosen.columns:  # whoever names the columns knows better
            raise UnreadableError(_unfit(found, table))
        found = None
    how, problems = mapped(table, wanted.kind, found, wanted.chosen)
    result.preset = how.preset
    result.columns = {
        name: tuple(table.header[place] for place in places) for name, places in how.places.items() if places
    }
    if problems:
        raise UnreadableError(*problems)
    return table, how


def _unfit(preset: Preset, table: Table) -> Problem:
    words = f"This file is about {preset.kind} ({preset.label}). Import it as {preset.kind}."
    return Problem(Place(table.line, 1), preset.refused or words)


def _read(
    table: Table,
    how: Mapped,
    mine: Accounts,
    findings: Findings,
    result: Examined,
    progress: Progress | None,
) -> None:
    kind = result.wanted.kind
    staged = Staged(result.folder, kind)
    reader = Reader(kind, how, table.header, mine, result.exported_at, findings)
    count = 0

    def tell(size: int) -> None:
        if progress is not None:
            progress(count, min(1.0, size / table.size) if table.size else 1.0)

    def left(line: int) -> None:
        findings.notice("What stands below the empty line is another table, and is left out.", line)

    try:
        for line, cells in rows(table, tell, left):
            count += 1
            values = reader.read(line, cells)
            if values is not None:
                staged.add(values)
    finally:
        staged.flush()
        result.first, result.right = staged.first, staged.count
    if not count:
        raise UnreadableError(Problem(Place(table.line + 1, 1), "There is no row below the header."))
    tell(table.size)
    if staged.count:
        _look_at_all(staged, findings, result)


def _look_at_all(staged: Staged, findings: Findings, result: Examined) -> None:
    """What only shows when all rows are there: those that are there twice, and the span of days."""
    kind = staged.kind
    on = "published_at::DATE" if kind is Kind.POSTS else "date"
    with scratch(staged.folder) as connection:
        result.right -= leave_out_repeated(connection, staged.folder, kind, findings)
        days = connection.execute(f"SELECT min({on}), max({on}) FROM rows").fetchone()  # noqa: S608 - our own words
    result.days = (days[0], days[1]) if days and days[0] else None
    result.digest = staged.digest
