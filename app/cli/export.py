"""`allin export`: an organization's marts as Parquet, CSV or one DuckDB file."""

from __future__ import annotations

import shutil
import uuid
from enum import StrEnum
from pathlib import Path
from typing import Final
from uuid import UUID

import duckdb
import typer

from app.cli.console import fail, out
from foundation import postgres
from foundation.database import Tenant
from foundation.migrate import migrate
from foundation.settings import Settings, get_settings
from identity import installation
from identity.audit import OPERATOR
from identity.errors import IdentityError
from warehouse import releases
from warehouse.analysts import asking, copy
from warehouse.analysts.copy import CopyError
from warehouse.analysts.describing import marts
from warehouse.holds import ReleaseError
from warehouse.releases import Release

# A cell that begins so is a formula to a spreadsheet (owasp.org/www-community/attacks/CSV_Injection).
FORMULA: Final = r"^\s*[=+\-@\t\r]"
ENDINGS: Final = (".parquet", ".csv")
RELEASE: Final = "release"  # the table that every copy has besides the marts
DUCKDB: Final = b"DUCK"  # behind the eight bytes of the checksum (duckdb.org/docs/stable/internals/storage)


class FileFormat(StrEnum):
    """What `allin export` writes."""

    PARQUET = "parquet"
    CSV = "csv"
    DUCKDB = "duckdb"


def export(
    organization: str = typer.Option(..., help="Name or id of the organization."),
    to: Path = typer.Option(..., "--to", help="Folder to write to (parquet, csv), or the file (duckdb)."),
    file_format: FileFormat = typer.Option(FileFormat.PARQUET, "--format", help="What to write."),
    release_id: int = typer.Option(0, "--release", help="An earlier release; 0 is the current one."),
    force: bool = typer.Option(False, "--force", help="Replace what is there already."),
) -> None:
    """Write an organization's marts of one release to files, all or nothing."""
    settings = get_settings()
    target = to.expanduser().absolute()
    with postgres.borrowed(settings) as url:
        migrate(url)
        try:
            release = releases.as_of(release_id or None, settings)
            organization_id = installation.named(OPERATOR, organization, settings)
            _refuse_to_overwrite(target, file_format, force=force)
            asking.note_operator_export(organization_id, file_format.value, release, settings)
            counts = _write(settings, organization_id, release, target, file_format)
        except (ReleaseError, IdentityError, CopyError) as error:
            fail(str(error))
            raise typer.Exit(1) from None
        except (OSError, duckdb.Error) as error:
            fail(f"{target} can't be written: {_first_line(error)}")
            raise typer.Exit(1) from None
    for name, rows in counts.items():
        out.print(f"{rows:>12,}  {name}", markup=False)
    out.print(f"[green]✓[/green] release {release.id} is in {target}", soft_wrap=True)


def _refuse_to_overwrite(target: Path, file_format: FileFormat, *, force: bool) -> None:
    """Raises:
    CopyError: something is there, and it is not to be replaced, or no earlier export.
    """
    is_file = file_format is FileFormat.DUCKDB
    if not target.exists() or (not is_file and target.is_dir() and not any(target.iterdir())):
        return
    if target.is_dir() == is_file or not _is_earlier(target):
        raise CopyError(f"{target} is there and no earlier export: choose another place")
    if not force:
        raise CopyError(f"{target} is there already: choose another place, or add --force to replace it")


def _is_earlier(target: Path) -> bool:
    """Whether an export made it: nothing of anybody's own is ever replaced."""
    if not target.is_dir():
        with target.open("rb") as file:
            return file.read(12)[8:] == DUCKDB
    inside = list(target.iterdir())
    known = {*marts(), RELEASE}
    return {one.stem for one in inside} >= {RELEASE, "dim_accounts"} and all(
        one.is_file() and one.suffix in ENDINGS and one.stem in known for one in inside
    )


def _write(
    settings: Settings, organization_id: UUID, release: Release, target: Path, file_format: FileFormat
) -> dict[str, int]:
    """Write beside the target and rename, so that a killed export leaves nothing under its name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    with out.status(f"preparing release {release.id} …") as shown:
        path = copy.prepared(
            Tenant(organization_id),
            release,
            settings,
            lambda mart, done, of: shown.update(f"copying {mart} ({done + 1} of {of}) …"),
        )
        try:
            with duckdb.connect(str(path), read_only=True) as connection:
                counts = _counts(connection)
                if file_format is not FileFormat.DUCKDB:
                    draft.mkdir()
                    for name in counts:
                        shown.update(f"writing {name} …")
                        _write_table(connection, name, draft, file_format)
            if file_format is FileFormat.DUCKDB:
                shown.update(f"writing {target.name} …")
                shutil.copyfile(path, draft)
            _put(draft, target)
        finally:
            _remove(draft)
    return counts


def _counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    names = connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY table_name").fetchall()
    counts = {}
    for (name,) in names:
        row = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()  # noqa: S608 - our own names
        counts[str(name)] = int(row[0]) if row else 0
    return counts


def _write_table(
    connection: duckdb.DuckDBPyConnection, name: str, folder: Path, file_format: FileFormat
) -> None:
    path = str(folder / f"{name}.{file_format}").replace("'", "''")
    if file_format is FileFormat.PARQUET:
        connection.execute(f"COPY \"{name}\" TO '{path}' (FORMAT parquet)")
        return
    columns = connection.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index",
        [name],
    ).fetchall()
    picked = ", ".join(_harmless(column) if kind == "VARCHAR" else f'"{column}"' for column, kind in columns)
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"COPY (SELECT {picked} FROM \"{name}\") TO '{path}' (FORMAT csv, HEADER)")  # noqa: S608


def _harmless(column: str) -> str:
    """Text that a spreadsheet would take for a formula gets an apostrophe; the other formats have it as it
    is.
    """
    formula = f"regexp_matches(\"{column}\", '{FORMULA}')"
    return f'CASE WHEN {formula} THEN \'\'\'\' || "{column}" ELSE "{column}" END AS "{column}"'


def _put(draft: Path, target: Path) -> None:
    """Put the draft in the target's place: a file in one step, and a folder once the earlier one is aside."""
    if not target.is_dir():
        draft.replace(target)
        return
    old = target.with_name(f".{target.name}.{uuid.uuid4().hex}.old")
    target.rename(old)
    try:
        draft.rename(target)
    except OSError:
        old.rename(target)
        raise
    _remove(old)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
