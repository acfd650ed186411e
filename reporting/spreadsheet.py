"""CSV that a spreadsheet opens and never runs."""

from __future__ import annotations

from typing import Final

import polars as pl

# A cell that begins so is a formula to a spreadsheet (owasp.org/www-community/attacks/CSV_Injection).
FORMULA: Final = r"^[\s]*[=+\-@\t\r]"


def safe_csv(frame: pl.DataFrame) -> bytes:
    """UTF-8 CSV; the unknown is an empty cell, moments are ISO 8601 with offset, lists joined with ``, ``.

    Text that a spreadsheet would take for a formula gets a leading apostrophe.
    """
    flat = frame.with_columns(pl.col(pl.List(pl.String)).list.join(", "))
    return (
        flat.with_columns(
            pl.when(pl.col(pl.String).str.contains(FORMULA))
            .then("'" + pl.col(pl.String))
            .otherwise(pl.col(pl.String))
            .name.keep()
        )
        .write_csv(date_format="%Y-%m-%d", datetime_format="%Y-%m-%dT%H:%M:%S%:z")
        .encode()
    )
