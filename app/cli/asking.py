"""Who answers `allin sql`: the lake over all organizations, or one organization's own copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol
from uuid import UUID

import duckdb
import polars as pl

from app.cli.console import err
from foundation.database import Tenant
from foundation.settings import Settings
from warehouse import lake
from warehouse.analysts import asking, copy, run
from warehouse.analysts.copy import CopyError
from warehouse.analysts.frames import UnshownError, frame
from warehouse.analysts.run import QueryError
from warehouse.releases import Release

ROWS: Final = 1_000_000  # of one organization's answer; the operator's has no limit
TABLES: Final = (
    'SELECT table_name AS "table", column_name AS "column", data_type AS type FROM duckdb_columns() '
    "WHERE database_name IN ('lake', 'marts') AND schema_name IN ('marts', 'main') AND NOT internal "
    "ORDER BY table_name, column_index"
)


class SqlError(RuntimeError):
    """There is no answer; the message is for whoever wrote the SQL."""


class Asker(Protocol):
    """Answers statements as of one release."""

    release: Release

    def note(self, statement: str) -> None:
        """Write into the audit trail what is asked, where it is asked of one organization."""

    def ask(self, statement: str) -> pl.DataFrame:
        """The rows of the last statement.

        Raises:
            SqlError: it has none; the message says why.
        """

    def close(self) -> None:
        """Give back what it holds."""


class Operator:
    """The released marts over all organizations, read-only.

    Raises:
        LakeError: the lake can't be reached.
    """

    def __init__(self, settings: Settings, release: Release) -> None:
        self.release = release
        self._connection = lake.connect_at(settings, release.snapshot_id)

    def note(self, statement: str) -> None:
        """See `Asker`; it is asked of all."""

    def ask(self, statement: str) -> pl.DataFrame:
        """See `Asker`."""
        if not statement.strip(" ;\r\n\t"):
            raise SqlError("nothing was asked")
        try:
            answer = self._connection.execute(statement)
            return frame(answer.to_arrow_table()) if answer.description else pl.DataFrame()
        except (duckdb.Error, UnshownError) as error:
            raise SqlError(str(error).strip()) from None

    def close(self) -> None:
        """See `Asker`."""
        self._connection.close()


class Member:
    """One organization's copy, in the bounded process that the SQL page uses.

    Raises:
        SqlError: there is no copy, and none can be made.
        LakeError: the lake can't be reached.
    """

    def __init__(self, settings: Settings, release: Release, organization_id: UUID) -> None:
        self.release = release
        self._settings, self._organization_id = settings, organization_id
        with err.status(f"preparing the copy of release {release.id} …") as shown:
            try:
                self._path = copy.prepared(
                    Tenant(organization_id),
                    release,
                    settings,
                    lambda mart, done, of: shown.update(f"copying {mart} ({done + 1} of {of}) …"),
                )
            except CopyError as error:
                raise SqlError(str(error)) from None

    def note(self, statement: str) -> None:
        """See `Asker`."""
        asking.note_operator_query(self._organization_id, statement, self.release, self._settings)

    def ask(self, statement: str) -> pl.DataFrame:
        """See `Asker`."""
        try:
            answer = run.run(
                self._path, statement, owner=self._organization_id, rows=ROWS, settings=self._settings
            )
        except QueryError as error:
            raise SqlError(str(error)) from None
        if answer.cut:
            err.print(f"[yellow]only the first {ROWS:,} rows[/yellow]")
        return answer.frame

    def close(self) -> None:
        """See `Asker`; nothing is held."""


def tables(asker: Asker) -> dict[str, Sequence[tuple[str, str]]]:
    """The tables with their columns and types."""
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in asker.ask(TABLES).rows():
        found.setdefault(table, []).append((column, kind))
    return dict(found)
