"""The one commit that brings an import into the lake, and the one that takes it out of sight again.

An undone import stays among the raw answers, held back like an answer that was rejected: no model reads it,
and imported again it is let through.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final
from uuid import UUID

import duckdb

from warehouse.importing.answers import NETWORK, files
from warehouse.lake import retrying
from warehouse.schema import rollback

CHECK: Final = "undone_import"
REASON: Final = "The import was undone."
# Network and run choose few files; the ids of the import's own answers.
OWN: Final = "SELECT answer_id FROM lake.raw.answers WHERE network = ? AND run_id = ?"
INSERT: Final = """
INSERT INTO lake.raw.answers SELECT * REPLACE (now() AS landed_at) FROM read_parquet(?)
WHERE answer_id NOT IN (SELECT answer_id FROM import_present)
"""
ACCEPT: Final = """
UPDATE lake.raw.quarantine SET verdict = 'accepted', settled_at = now()
WHERE verdict = 'rejected' AND check_name = ? AND run_id = ?
  AND answer_id IN (SELECT answer_id FROM read_parquet(?))
"""
REJECT_AGAIN: Final = """
UPDATE lake.raw.quarantine SET verdict = 'rejected', settled_at = now()
WHERE verdict IS DISTINCT FROM 'rejected' AND check_name = ? AND run_id = ?
"""
REJECT: Final = """
INSERT INTO lake.raw.quarantine (answer_id, organization_id, account_id, network, entity, check_name, reason,
  run_id, found_at, settled_at, verdict)
SELECT answer_id, organization_id, account_id, network, entity, ?, ?, run_id, now(), now(), 'rejected'
FROM lake.raw.answers WHERE network = ? AND run_id = ?
  AND answer_id NOT IN (SELECT answer_id FROM lake.raw.quarantine WHERE check_name = ? AND run_id = ?)
"""
USED: Final = "SELECT DISTINCT account_id FROM lake.raw.answers WHERE network = ? AND run_id = ?"
ELSEWHERE: Final = """
SELECT DISTINCT account_id FROM lake.raw.answers
WHERE network = ? AND run_id <> ? AND account_id IN (SELECT unnest(?))
  AND answer_id NOT IN (SELECT answer_id FROM lake.raw.quarantine WHERE verdict IS DISTINCT FROM 'accepted')
"""


def land(connection: duckdb.DuckDBPyConnection, folder: Path, import_id: UUID) -> None:
    """Bring the written answers of an import into the lake, all in one transaction. May be repeated.

    Raises:
        duckdb.Error: nothing was kept.
    """
    paths, run = [str(path) for path in files(folder)], str(import_id)

    def once() -> None:
        connection.execute("BEGIN")
        try:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE import_present AS {OWN}", [NETWORK, run])
            for path in paths:  # one after the other, for memory
                connection.execute(INSERT, [path])
            connection.execute(ACCEPT, [CHECK, run, paths])
            connection.execute("COMMIT")
        except BaseException:
            rollback(connection)
            raise

    retrying(once)


def hold_back(connection: duckdb.DuckDBPyConnection, import_id: UUID) -> None:
    """Have no model read the answers of an import any more, in one transaction. May be repeated."""
    run = str(import_id)

    def once() -> None:
        connection.execute("BEGIN")
        try:
            connection.execute(REJECT_AGAIN, [CHECK, run])
            connection.execute(REJECT, [CHECK, REASON, NETWORK, run, CHECK, run])
            connection.execute("COMMIT")
        except BaseException:
            rollback(connection)
            raise

    retrying(once)


def used(connection: duckdb.DuckDBPyConnection, import_id: UUID) -> set[UUID]:
    """The accounts whose history an import brought."""
    rows = connection.execute(USED, [NETWORK, str(import_id)])
    return {UUID(row[0]) for row in rows.fetchall()}


def used_elsewhere(
    connection: duckdb.DuckDBPyConnection, import_id: UUID, account_ids: Iterable[UUID]
) -> set[UUID]:
    """Those of the accounts that have history of another import."""
    rows = connection.execute(ELSEWHERE, [NETWORK, str(import_id), [str(one) for one in account_ids]])
    return {UUID(row[0]) for row in rows.fetchall()}
