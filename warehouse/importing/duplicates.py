"""Rows that are in a file more than once."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from publishing.importing.entries import Place, Problem
from warehouse.importing.columns import Kind
from warehouse.importing.findings import Findings

LEFT_OUT: Final = "left_out.parquet"
AT_ONCE: Final = 10_000
_KEY: Final = {Kind.POSTS: "post_id", Kind.FOLLOWERS: "date"}


def leave_out_repeated(
    connection: duckdb.DuckDBPyConnection, folder: Path, kind: Kind, findings: Findings
) -> int:
    """Find the rows that are there again; returns how many.

    Of rows that say the same the first counts, and that is a notice; one that says something else is wrong.
    Their lines are kept in the folder, so that they are not landed.
    """
    key = _KEY[kind]
    query = f"""
WITH several AS (SELECT account_id, {key} FROM rows GROUP BY ALL HAVING count(*) > 1),
repeated AS (SELECT line, account_id, {key}, hash(*COLUMNS(* EXCLUDE line)) AS said
  FROM rows WHERE (account_id, {key}) IN (FROM several)),
firsts AS (SELECT account_id, {key}, min(line) AS first, arg_min(said, line) AS first_said
  FROM repeated GROUP BY ALL)
SELECT line, first, said = first_said FROM repeated JOIN firsts USING (account_id, {key})
WHERE line > first ORDER BY line
"""  # noqa: S608 - our own names
    answer = connection.execute(query)
    lines: list[int] = []
    while found := answer.fetchmany(AT_ONCE):
        for line, first, same in found:
            lines.append(line)
            if same:
                findings.notice("The same row is there again; it counts once.", line)
            else:
                what = "post" if kind is Kind.POSTS else "day of the account"
                words = f"This {what} is in line {first} already, with other values."
                findings.add(Problem(Place(line, 1, key), words))
    if lines:
        pl.DataFrame({"line": lines}).write_parquet(folder / LEFT_OUT)
    return len(lines)
