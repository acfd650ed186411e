"""Rows on their way: checked, and kept in files of the installation until they are taken or dropped."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

import polars as pl

from warehouse.importing.columns import Kind
from warehouse.importing.rows import COUNTS, FOLLOWER_FIELDS, POST_FIELDS, Values

BLOCK: Final = 20_000  # rows held in memory
_TYPES: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "line": pl.Int64,
    "published_at": pl.Datetime("us", "UTC"),
    "date": pl.Date,
    "followers": pl.Int64,
    **dict.fromkeys(COUNTS, pl.Int64),
}
FIELDS: Final = {Kind.POSTS: POST_FIELDS, Kind.FOLLOWERS: FOLLOWER_FIELDS}


def schema(kind: Kind) -> dict[str, Any]:
    """Column to type of what is staged."""
    return {name: _TYPES.get(name, pl.String) for name in FIELDS[kind]}


class Staged:
    """Writes rows to Parquet files of a folder, a block at a time. `digest` says what all of them are."""

    def __init__(self, folder: Path, kind: Kind) -> None:
        self.folder = folder
        self.count = 0
        self.first: pl.DataFrame = pl.DataFrame(schema=schema(kind))
        self.kind = kind
        self._rows: list[Values] = []
        self._files = 0
        self._digest = hashlib.sha256(kind.encode())

    def add(self, values: Values) -> None:
        """Take a row."""
        self._rows.append(values)
        if len(self._rows) >= BLOCK:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        if not self._rows:
            return
        frame = pl.DataFrame(self._rows, schema=schema(self.kind), orient="row")
        if not self.count:
            self.first = frame.head(20)
        self.count += frame.height
        # The line is where it stands, not what it is: a file with another order of columns is the same.
        self._digest.update(frame.drop("line").write_csv(include_header=False).encode())
        frame.write_parquet(self.folder / f"rows_{self._files:05}.parquet", compression="zstd")
        self._files += 1
        self._rows = []

    @property
    def digest(self) -> str:
        """SHA-256 of the rows in their order, and of what kind they are."""
        return self._digest.hexdigest()
