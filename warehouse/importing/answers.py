"""Staged rows as raw answers: blocks of one account's rows, each a row of ``raw.answers``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import duckdb
import polars as pl

from warehouse.importing.columns import Kind
from warehouse.importing.duplicates import LEFT_OUT
from warehouse.importing.scratch import scratch
from warehouse.landing import COLUMNS

NETWORK: Final = "imported"  # of the answers; the account's own network stands in the registry
ENTITIES: Final = {Kind.POSTS: "imported_posts", Kind.FOLLOWERS: "imported_followers"}
BLOCK_ROWS: Final = 500
BLOCK_CHARACTERS: Final = 1_000_000
FILE_CHARACTERS: Final = 32_000_000  # of one file, which is one file of the lake too


@dataclass(frozen=True)
class Batch:
    """What all answers of an import have in common; `exported_at` is aware UTC."""

    id: UUID
    organization_id: UUID
    kind: Kind
    file_name: str
    exported_at: datetime


def written(folder: Path, batch: Batch, landed_at: datetime) -> Iterator[int]:
    """Write the answers of what is staged to files of the folder (`files`); yields the rows done so far.

    The same rows of the same export make the same answers, with the same ids.
    """
    held: list[tuple[Any, ...]] = []
    done = size = number = 0
    with scratch(folder) as connection:
        for account_id, block in _blocks(connection, folder):
            held.append(_answer(batch, account_id, block, landed_at))
            done += len(block)
            size += len(held[-1][9])
            if size >= FILE_CHARACTERS:
                _write(folder, number, held)
                yield done
                held, size, number = [], 0, number + 1
        if held:
            _write(folder, number, held)
        yield done


def files(folder: Path) -> list[Path]:
    """The files with the answers."""
    return sorted(folder.glob("answers_*.parquet"))


def _blocks(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    """Account by account in the order of the file: lines, and rows as JSON."""
    left_out = folder / LEFT_OUT
    without = ""
    if left_out.exists():
        path = str(left_out).replace("'", "''")
        without = f"WHERE line NOT IN (SELECT line FROM read_parquet('{path}'))"  # noqa: S608 - our own path
    query = (
        "SELECT account_id, line, to_json(row_of)::VARCHAR FROM "  # noqa: S608 - our own words
        "(SELECT account_id, line, struct_pack(*COLUMNS(* EXCLUDE account_id)) AS row_of FROM rows "
        f"{without}) ORDER BY account_id, line"
    )
    connection.execute(query)

    def each() -> Iterator[tuple[str, int, str]]:
        while some := connection.fetchmany(5000):
            yield from some

    for account_id, group in groupby(each(), lambda row: row[0]):
        block: list[tuple[int, str]] = []
        size = 0
        for _, line, text in group:
            if len(block) >= BLOCK_ROWS or (size + len(text) > BLOCK_CHARACTERS and block):
                yield account_id, block
                block, size = [], 0
            block.append((line, text))
            size += len(text)
        yield account_id, block


def _answer(
    batch: Batch, account_id: str, block: list[tuple[int, str]], landed_at: datetime
) -> tuple[Any, ...]:
    lines = [block[0][0], block[-1][0]]
    request = json.dumps({"import": str(batch.id), "file": batch.file_name, "lines": lines}, sort_keys=True)
    body = f'{{"rows": [{", ".join(text for _, text in block)}]}}'
    hour = batch.exported_at.replace(minute=0, second=0, microsecond=0)
    entity = ENTITIES[batch.kind]
    parts = (account_id, entity, str(batch.id), batch.exported_at.isoformat(), body)
    return (
        hashlib.sha256("\x1f".join(parts).encode()).hexdigest(),
        str(batch.organization_id),
        account_id,
        NETWORK,
        entity,
        request,
        batch.exported_at,
        hour,
        200,
        body,
        str(batch.id),
        landed_at,
    )


def _write(folder: Path, number: int, held: list[tuple[Any, ...]]) -> None:
    frame = pl.DataFrame(held, schema=COLUMNS, orient="row")
    frame.write_parquet(folder / f"answers_{number:05}.parquet", compression="zstd")
