"""A DuckDB of its own over the staged files: nothing in it but them, and memory that is bounded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

MEMORY_MB: Final = 400


@contextmanager
def scratch(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with ``rows`` as a view of what is staged in the folder; what is too much spills there."""
    with duckdb.connect(
        config={
            "memory_limit": f"{MEMORY_MB}MB",
            "temp_directory": str(folder / "spill"),
            "preserve_insertion_order": False,
            "threads": 2,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    ) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        pattern = str(folder / "rows_*.parquet").replace("'", "''")
        connection.execute(f"CREATE VIEW rows AS SELECT * FROM read_parquet('{pattern}')")  # noqa: S608 - our own path
        yield connection
