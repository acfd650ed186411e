"""Which answers have to be looked at, and what they are compared with: temporary tables for the measures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

import duckdb
import polars as pl
from sqlalchemy import text

from foundation.database import utc_now, worker_session
from foundation.settings import Settings
from warehouse.gates import measures_of_numbers
from warehouse.gates.reading import Page, read

KEPT: Final = timedelta(days=9)  # every post is seen again within a week
OVERLAP: Final = "2 hours"  # an answer may be committed that long after one that landed later
REACH: Final = timedelta(days=2)  # how far back windows and pages still belong to what is looked at
ANSWERS_AT_ONCE: Final = 500

Columns: TypeAlias = dict[str, pl.DataType | type[pl.DataType]]

# What landed since the last look and was not looked at.
MARK: Final = """
SELECT coalesce(max(landed_at), 'epoch') - $overlap::INTERVAL FROM lake.raw.gate_pages
"""
NEW: Final = """
SELECT n.answer_id, n.account_id, n.observed_hour
FROM lake.raw.answers AS n SEMI JOIN lake.raw.accounts AS a USING (account_id)
ANTI JOIN (SELECT answer_id FROM lake.raw.gate_pages WHERE landed_at > $mark) AS p USING (answer_id)
WHERE n.landed_at > $mark ORDER BY ALL
"""
# An answer of a batch that waits or was rejected is nothing to compare with; after an accepted batch,
# nothing before it is: what changed was meant to. While something of an account waits, its good figures of
# before count however old they get.
KNOWN: Final = """
CREATE OR REPLACE TEMP TABLE known_figures AS
WITH waits AS (
  SELECT q.account_id, min(p.observed_hour) AS first
  FROM lake.raw.quarantine AS q JOIN lake.raw.gate_pages AS p USING (answer_id) WHERE q.verdict IS NULL
    GROUP BY ALL
), refused AS (
  SELECT answer_id FROM lake.raw.quarantine WHERE verdict IS NULL OR verdict = 'rejected'
), renewed AS (
  SELECT p.account_id, p.entity, max(p.observed_hour) AS hour
  FROM lake.raw.quarantine AS q JOIN lake.raw.gate_pages AS p USING (answer_id) WHERE q.verdict = 'accepted'
    GROUP BY ALL
)
SELECT f.account_id, f.entity, f.kind, f.subject, f.metric, arg_max(f.path, f.observed_hour) AS path,
       arg_max(f.value, f.observed_hour) AS value, arg_max(f.stamp, f.observed_hour) AS stamp,
       max(f.observed_hour) AS seen_at
FROM lake.raw.gate_figures AS f ANTI JOIN refused USING (answer_id)
ANTI JOIN new_pages USING (answer_id)
LEFT JOIN renewed AS r USING (account_id, entity)
LEFT JOIN waits AS w USING (account_id)
WHERE f.account_id IN (SELECT DISTINCT account_id FROM new_pages)
  AND f.observed_hour BETWEEN coalesce(w.first - $kept, $since) AND $until
  AND (r.hour IS NULL OR f.observed_hour >= r.hour)
GROUP BY ALL
"""
KNOWN_ELSEWHERE: Final = """
CREATE OR REPLACE TEMP TABLE known_elsewhere AS
SELECT DISTINCT f.network, f.subject, a.external_id
FROM lake.raw.gate_figures AS f JOIN lake.raw.accounts AS a USING (account_id)
ANTI JOIN (
  SELECT answer_id FROM lake.raw.quarantine WHERE verdict IS NULL OR verdict = 'rejected'
) AS refused USING (answer_id)
ANTI JOIN new_pages USING (answer_id)
WHERE f.kind = 'lifetime' AND f.observed_hour BETWEEN $since AND $until
  AND f.subject IN (SELECT subject FROM new_figures WHERE kind = 'lifetime')
"""
KNOWN_PAGES: Final = f"""
CREATE OR REPLACE TEMP TABLE known_pages AS
SELECT account_id, entity, path, observed_hour, answer_id, asked, following FROM lake.raw.gate_pages AS p
ANTI JOIN new_pages USING (answer_id)
WHERE p.account_id IN (SELECT DISTINCT account_id FROM new_pages)
  AND p.observed_hour BETWEEN $until - INTERVAL {REACH.days} DAY AND $until
"""  # noqa: S608 - a constant
# A pass over a list begins at an answer without a cursor. Resumed: an earlier window came to its end in
# this hour or later, so the batch may hold a piece of it.
PLACED: Final = f"""
CREATE OR REPLACE TEMP TABLE new_pages AS
WITH batches AS (
  SELECT *, row_number() OVER (ORDER BY account_id, entity, observed_hour, run_id) AS batch
  FROM (SELECT DISTINCT account_id, entity, observed_hour, run_id FROM pages_read)
)
SELECT b.batch, p.*, a.organization_id AS owner_organization, a.external_id,
       count(*) FILTER (p.asked IS NULL) OVER (
         PARTITION BY b.batch, p.path ORDER BY p.requested_at ROWS UNBOUNDED PRECEDING
       ) * has_cursors::INTEGER AS pass,
       EXISTS (
         FROM windows AS w WHERE w.account_id = p.account_id AND w.entity = p.entity
           AND w.observed_hour < p.observed_hour
           AND w.observed_hour >= p.observed_hour - INTERVAL {REACH.days} DAY
           AND (w.finished_at >= p.observed_hour OR w.finished_at IS NULL AND w.has_place)
       ) AS resumed
FROM (
  SELECT *, count(asked) OVER (PARTITION BY account_id, entity, path) > 0
         OR count(following) OVER (PARTITION BY account_id, entity, path) > 0 AS has_cursors
  FROM pages_read
) AS p JOIN batches AS b USING (account_id, entity, observed_hour, run_id)
JOIN lake.raw.accounts AS a USING (account_id)
"""  # noqa: S608 - a constant
PAGES: Final[Columns] = {
    **dict.fromkeys(("answer_id", "organization_id", "account_id", "network", "entity", "path"), pl.String),
    "observed_hour": pl.Datetime("us", "UTC"),
    "asked": pl.String,
    "following": pl.String,
    "run_id": pl.String,
    "landed_at": pl.Datetime("us", "UTC"),
    "requested_at": pl.Datetime("us", "UTC"),
    "oldest": pl.Datetime("us", "UTC"),
    **dict.fromkeys(("readable", "listed", "ends", "whole"), pl.Boolean),
}
FIGURES: Final[Columns] = {
    **dict.fromkeys(("answer_id", "account_id", "entity", "path", "kind", "subject"), pl.String),
    "stamp": pl.Datetime("us", "UTC"),
    "owner": pl.String,
    "metric": pl.String,
    "value": pl.Float64,
}
WINDOWS: Final[Columns] = {
    "account_id": pl.String,
    "entity": pl.String,
    "observed_hour": pl.Datetime("us", "UTC"),
    "since": pl.Datetime("us", "UTC"),
    "finished_at": pl.Datetime("us", "UTC"),
    "has_place": pl.Boolean,
    "pages": pl.Int64,
}


@dataclass(frozen=True)
class Portion:
    """Answers of one hour (aware UTC) that are looked at together; all of an account's are."""

    hour: datetime
    answer_ids: tuple[str, ...]


def portions(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[Portion]:
    """What has to be looked at, in the order of its hours; some accounts at a time bound the memory.

    The windows of collecting are read before: all that a window had brought when it was finished is among
    the answers then, however much lands meanwhile.
    """
    mark = connection.execute(MARK, {"overlap": OVERLAP}).fetchone()
    # A constant: the lake then skips the files of older answers.
    after = {"mark": mark and mark[0]}
    lay_out_windows(connection, [row[2] for row in connection.execute(NEW, after).fetchall()], settings)
    rows = connection.execute(NEW, after).fetchall()
    return portions_of([(str(answer), str(account), hour) for answer, account, hour in rows])


def portions_of(rows: Sequence[tuple[str, str, datetime]]) -> list[Portion]:
    """Answers (id, account, hour) in portions, in the order of their hours; an account's stay together."""
    found: list[tuple[datetime, list[str]]] = []
    last: tuple[datetime, str] | None = None
    for answer, account, hour in sorted(rows, key=lambda row: (row[2], row[1], row[0])):
        full = not found or found[-1][0] != hour or len(found[-1][1]) >= ANSWERS_AT_ONCE
        if full and last != (hour, account):
            found.append((hour, []))
        found[-1][1].append(answer)
        last = (hour, account)
    return [Portion(hour, tuple(ids)) for hour, ids in found]


def lay_out_windows(
    connection: duckdb.DuckDBPyConnection, hours: Sequence[datetime], settings: Settings
) -> None:
    """The windows of collecting (``allin.collections``) that what was asked in these hours may belong to."""
    statement = text(
        "SELECT account_id::text, entity, observed_hour, since, finished_at, next_cursor IS NOT NULL, pages "
        "FROM collections WHERE observed_hour BETWEEN :since AND :until"
    )
    span = {"since": min(hours, default=utc_now()) - REACH, "until": max(hours, default=utc_now())}
    with worker_session(settings) as session:
        rows = session.execute(statement, span).tuples().all()
    windows = pl.DataFrame([tuple(row) for row in rows], schema=WINDOWS, orient="row")
    _create(connection, "windows", windows)


def lay_out(connection: duckdb.DuckDBPyConnection, portion: Portion) -> None:
    """Read the answers of a portion and make the measures' temporary tables of them, beside the windows."""
    query = (
        "SELECT answer_id, organization_id, account_id, network, entity, request, observed_hour, run_id, "
        "landed_at, requested_at, status, body FROM lake.raw.answers "
        "WHERE observed_hour = $hour AND answer_id IN (SELECT unnest($ids))"
    )
    _create(connection, "pages_read", pl.DataFrame(schema=PAGES))
    _create(connection, "figures_read", pl.DataFrame(schema=FIGURES))
    for first in range(0, len(portion.answer_ids), ANSWERS_AT_ONCE):
        ids = list(portion.answer_ids[first : first + ANSWERS_AT_ONCE])
        rows = connection.execute(query, {"hour": portion.hour, "ids": ids}).fetchall()
        _append(connection, rows)
    connection.execute(PLACED)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE new_figures AS "
        "SELECT batch, f.* FROM figures_read AS f JOIN new_pages USING (answer_id)"
    )
    span = {"since": portion.hour - KEPT, "until": portion.hour}
    connection.execute(KNOWN, {**span, "kept": KEPT})
    connection.execute(KNOWN_ELSEWHERE, span)
    connection.execute(KNOWN_PAGES, {"until": portion.hour})
    for statement in measures_of_numbers.PREPARED:
        connection.execute(statement)


def _append(connection: duckdb.DuckDBPyConnection, rows: Sequence[tuple[Any, ...]]) -> None:
    pages: list[tuple[Any, ...]] = []
    figures: list[tuple[Any, ...]] = []
    # fmt: off
    for (answer_id, organization, account, network, entity, request, hour, run_id, landed, asked_at,
         status, body) in rows:
        page = read(network, entity, request, body) if status == 200 else Page(readable=True)
        path = str(_path(request))
        stamps = [figure.stamp for figure in page.figures if figure.stamp is not None]
        pages.append((
            answer_id, organization, account, network, entity, path, hour, page.asked, page.following, run_id,
            landed, asked_at, min(stamps, default=None), page.readable, page.listed, page.ends, page.whole,
        ))
        figures += [
            (answer_id, account, entity, path, page.kind, one.subject, one.stamp, one.owner, one.metric,
             one.value)
            for one in page.figures
        ]
    # fmt: on
    _insert(connection, "pages_read", pl.DataFrame(pages, schema=PAGES, orient="row"))
    _insert(connection, "figures_read", pl.DataFrame(figures, schema=FIGURES, orient="row"))


def _path(request: str) -> str:
    found = json.loads(request).get("path")
    return str(found or "")


def _create(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    connection.register("frame_laid_out", frame.to_arrow())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM frame_laid_out")
    connection.unregister("frame_laid_out")


def _insert(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    connection.register("frame_laid_out", frame.to_arrow())
    connection.execute(f"INSERT INTO {name} FROM frame_laid_out")
    connection.unregister("frame_laid_out")
