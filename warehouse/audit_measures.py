# ruff: noqa: S608 - the names in these statements are our own
"""What the audits measure, in SQL: each query sums up in DuckDB, so that no mart is ever loaded whole.

What is said of each row by itself (`BY_ROW`) is counted in one look at a mart (`rows_query`). Another query
answers with rows of a name (the column, for people), how many things are wrong, and up to three examples (of
a rule in `audit_specs.BY_ACCOUNT`: the ids of all accounts it is about). It runs over ``after`` (the
candidate's mart) and, where the audit compares, ``before`` (the mart as released). Names of tables and
columns are constants of `warehouse.audit_specs`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from warehouse.audit_specs import Audit, Rule

EARLIEST: Final = date(2004, 1, 1)  # Facebook's first year: no network is older
HIGHEST_RATE: Final = 100.0  # a small account's post can go round the world, but a percentage is caught
EXAMPLES: Final = 3
DRIFT: Final = 0.02  # of a closed month's total
FALLING: Final = 0.2  # of the counters seen on two days

# Accounts that are still connected in the same time zone: in another one their days begin elsewhere.
KEPT: Final = """
kept AS (
  SELECT account_id FROM lake.raw.accounts AT (VERSION => {after})
  JOIN lake.marts.dim_accounts AT (VERSION => {before}) USING (account_id, timezone)
),
before AS NOT MATERIALIZED (
  SELECT * FROM lake.marts.{table} AT (VERSION => {before}) SEMI JOIN kept USING (account_id)
),
"""
AFTER: Final = "after AS NOT MATERIALIZED (SELECT * FROM lake.marts.{table} AT (VERSION => {after}))"
BY_ROW: Final = frozenset(
    {Rule.PRESENT, Rule.NOT_NEGATIVE, Rule.DATES, Rule.RATES, Rule.KNOWN_OWNER, Rule.NOT_EMPTY}
)


def query(audit: Audit, after: int, before: int | None, tomorrow: date) -> str:
    """The query of an audit that is not `BY_ROW`, over a snapshot (and the released one)."""
    compared = KEPT.format(table=audit.table, after=after, before=before) if before is not None else ""
    whole = f"WITH {compared}{AFTER.format(table=audit.table, after=after)}\n"
    return whole + _measure(audit, after, tomorrow)


def by_row(audits: Sequence[Audit]) -> list[tuple[Audit, str]]:
    """What `rows_query` counts, in its order: audits and columns (no column: whether there are rows)."""
    return [(audit, column) for audit in audits for column in audit.columns or ("row",)]


def rows_query(audits: Sequence[Audit], after: int, tomorrow: date) -> str:
    """One row for the `BY_ROW` audits of a mart: how many are wrong and up to three examples, for each
    `by_row`.
    """
    parts = []
    for audit, column in by_row(audits):
        if audit.rule is Rule.NOT_EMPTY:
            parts.append("(count(*) = 0)::BIGINT, []")
        else:
            some = f"FILTER (WHERE {_wrong(audit.rule, column, after, tomorrow)})"
            parts.append(f"count(*) {some}, min({_words(audit.key)}, {EXAMPLES}) {some}")
    return f"SELECT {', '.join(parts)} FROM lake.marts.{audits[0].table} AT (VERSION => {after})"


def _measure(audit: Audit, after: int, tomorrow: date) -> str:
    key, first = _words(audit.key), audit.columns[0] if audit.columns else ""
    whole: dict[Rule, Callable[[], str]] = {
        Rule.UNIQUE: lambda: _doubled(audit, key),
        Rule.NOT_VANISHED: lambda: _vanished(audit, first, key),
        Rule.NOT_DRIFTED: lambda: _each(audit, _drifted),
        Rule.NOT_FALLING: lambda: _each(audit, _falling(tomorrow)),
        Rule.VOLUME: lambda: _volume(first, tomorrow),
        Rule.COMPLETE: lambda: _incomplete(first, after, tomorrow),
    }
    return whole[audit.rule]()


def _doubled(audit: Audit, key: str) -> str:
    listed, named = ", ".join(audit.columns), " and ".join(audit.columns)
    return (
        f"SELECT '{named}', coalesce(sum(n), 0)::BIGINT, min(words, {EXAMPLES}) FROM "
        f"(SELECT {key} AS words, count(*) AS n FROM after GROUP BY {listed} HAVING count(*) > 1)"
    )


def _each(audit: Audit, of: Callable[[str], str]) -> str:
    return " UNION ALL ".join(of(column) for column in audit.columns)


def _wrong(rule: Rule, column: str, after: int, tomorrow: date) -> str:
    """What is true of a wrong row."""
    return {
        Rule.PRESENT: f"{column} IS NULL",
        Rule.NOT_NEGATIVE: f"{column} < 0",
        Rule.DATES: f"{column} < DATE '{EARLIEST}' OR {column} > DATE '{tomorrow}'",
        Rule.RATES: f"{column} < 0 OR {column} > {HIGHEST_RATE}",
        Rule.KNOWN_OWNER: f"{column} NOT IN (SELECT DISTINCT organization_id FROM lake.raw.accounts "
        f"AT (VERSION => {after}))",
    }[rule]


def _vanished(audit: Audit, column: str, key: str) -> str:
    listed = ", ".join(audit.key)
    known = "" if column in audit.key else f"WHERE {column} IS NOT NULL"
    return (
        f"SELECT '{column}', count(*), min({key}, {EXAMPLES}) FROM (SELECT {listed} FROM before {known}) "
        f"ANTI JOIN (SELECT {listed} FROM after {known}) USING ({listed})"
    )


def _drifted(column: str) -> str:
    """Months that ended a week before the release's newest day; more rows are history that came late."""
    return f"""
SELECT '{column}', count(*), min(strftime(month, '%Y-%m'), {EXAMPLES}) FROM (
  SELECT date_trunc('month', date) AS month, sum({column}) AS total, count({column}) AS n
  FROM before GROUP BY ALL
) AS b JOIN (
  SELECT date_trunc('month', date) AS month, sum({column}) AS total, count({column}) AS n
  FROM after SEMI JOIN kept USING (account_id) GROUP BY ALL
) AS a USING (month)
WHERE month + INTERVAL 1 MONTH < (SELECT max(date) FROM before) - 7 AND b.total >= 100
  AND (a.total < (1 - {DRIFT}) * b.total OR a.n = b.n AND a.total > (1 + {DRIFT}) * b.total)"""


def _falling(tomorrow: date) -> Callable[[str], str]:
    """Posts whose counter fell by more than a twentieth in the last two weeks, when they are many of those
    seen."""

    def of(column: str) -> str:
        return f"""
SELECT '{column}', CASE WHEN fell > 20 AND fell > {FALLING} * n THEN fell ELSE 0 END, [] FROM (
  SELECT count(*) FILTER (WHERE {column} < 0.95 * earlier) AS fell, count(*) AS n FROM (
    SELECT {column}, lag({column}) OVER (PARTITION BY post_key ORDER BY date) AS earlier
    FROM after WHERE date >= DATE '{tomorrow}' - 15 AND {column} IS NOT NULL
  ) WHERE earlier >= 20
)"""

    return of


def _volume(column: str, tomorrow: date) -> str:
    """The last day that is over everywhere, against the two weeks before it."""
    return f"""
SELECT '{column}', (usual >= 20 AND (newest < 0.5 * usual OR newest > 3 * usual))::BIGINT,
       [printf('%d rows where %d are usual', newest, usual::BIGINT)]
FROM (
  SELECT count(*) FILTER (WHERE {column} = DATE '{tomorrow}' - 3) AS newest FROM after
), (
  SELECT coalesce(median(n), 0) AS usual FROM (
    SELECT count(*) AS n FROM after WHERE {column} BETWEEN DATE '{tomorrow}' - 17 AND DATE '{tomorrow}' - 4
      GROUP BY {column}
  )
)"""


def _incomplete(column: str, after: int, tomorrow: date) -> str:
    """Accounts without the last day that is over everywhere, though they had values in the month before; all
    of them are named. Of accounts that no network is asked about nothing is expected.
    """
    return f"""
SELECT '{column}', count(*), list(account_id ORDER BY account_id) FROM (
  SELECT account_id FROM after WHERE {column} IS NOT NULL
    AND date BETWEEN DATE '{tomorrow}' - 30 AND DATE '{tomorrow}' - 3
    AND account_id IN (
      SELECT account_id FROM lake.raw.accounts AT (VERSION => {after})
      WHERE status NOT IN ('imported', 'disconnected')
    )
  GROUP BY account_id HAVING max(date) < DATE '{tomorrow}' - 3 AND count(*) >= 3
)"""


def _words(key: tuple[str, ...]) -> str:
    """An expression that names a row: ``account_id a, date 2026-10-06``."""
    parts = " || ', ' || ".join(f"'{name} ' || coalesce({name}::VARCHAR, 'unknown')" for name in key)
    return f"({parts})"
