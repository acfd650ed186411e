"""When a test of a staging model fails all the same: the answers its rows stem from are set aside, not
everybody's build."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from foundation.database import utc_now
from foundation.settings import Settings
from warehouse.gates import quarantine
from warehouse.gates.checks import BY_NAME, UNFIT
from warehouse.lake import retrying
from warehouse.schema import rollback

ROWS: Final = """
INSERT INTO failing_answers SELECT DISTINCT answer_id, $test FROM ({test}) AS rows
"""
SHARE: Final = """
SELECT count(DISTINCT b.account_id), count(DISTINCT a.account_id),
       count(DISTINCT a.organization_id) FILTER (b.account_id IS NOT NULL)
FROM lake.raw.accounts AS a LEFT JOIN (
  SELECT DISTINCT account_id FROM lake.raw.answers SEMI JOIN failing_answers USING (answer_id)
) AS b USING (account_id)
WHERE a.network IN (SELECT DISTINCT network FROM lake.raw.answers SEMI JOIN failing_answers USING (answer_id))
"""
INSERT: Final = """
INSERT INTO lake.raw.quarantine
SELECT n.answer_id, a.organization_id, n.account_id, n.network, n.entity, $check, $reason, n.run_id, $now,
  NULL, NULL
FROM lake.raw.answers AS n SEMI JOIN failing_answers USING (answer_id)
JOIN lake.raw.accounts AS a USING (account_id)
"""
STAGING: Final = """
SELECT table_name FROM duckdb_columns()
WHERE database_name = 'lake' AND schema_name = 'staging' AND column_name = 'answer_id' ORDER BY ALL
"""


@dataclass(frozen=True)
class FailedTest:
    """A dbt test that found rows; `query` selects them."""

    name: str
    query: str


def set_aside(connection: duckdb.DuckDBPyConnection, tests: Sequence[FailedTest], settings: Settings) -> bool:
    """Set aside the answers that the rows of failing tests stem from, and take their rows out of staging.

    Returns False, with nothing changed, when a test does not say which answers, or when most accounts of the
    networks would wait, of several organizations: then the fault is ours, and the build is refused as before.
    """
    connection.execute("CREATE OR REPLACE TEMP TABLE failing_answers (answer_id VARCHAR, test VARCHAR)")
    for test in tests:
        if not _names_answers(connection, test.query):
            return False
        connection.execute(ROWS.format(test=test.query.strip().rstrip(";")), {"test": test.name})
    accounts, of, organizations = connection.execute(SHARE).fetchone() or (0, 0, 0)
    if not accounts or (organizations > 1 and 2 * accounts > of):
        return False
    retrying(lambda: _write(connection))
    quarantine.publish(connection, settings)
    return True


def _names_answers(connection: duckdb.DuckDBPyConnection, query: str) -> bool:
    columns: list[Any] = connection.execute(f"DESCRIBE {query}").fetchall()
    return any(column[0] == "answer_id" for column in columns)


def _write(connection: duckdb.DuckDBPyConnection) -> None:
    tables = [str(row[0]) for row in connection.execute(STAGING).fetchall()]
    check = BY_NAME[UNFIT]
    reason = check.reason.format(things="Numbers", are="are", were="were", detail="")
    connection.execute("BEGIN")
    try:
        connection.execute(INSERT, {"check": check.name, "reason": reason, "now": utc_now()})
        for table in tables:
            connection.execute(
                f"DELETE FROM lake.staging.{table} WHERE answer_id IN (SELECT answer_id FROM failing_answers)"  # noqa: S608
            )
        connection.execute("COMMIT")
    except BaseException:
        rollback(connection)
        raise
