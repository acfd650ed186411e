"""The daily rows as CSV that a spreadsheet opens and never runs."""

from __future__ import annotations

import polars as pl

from reporting.data import DAILY_SCHEMA

# A cell that begins so is a formula to a spreadsheet (owasp.org/www-community/attacks/CSV_Injection).
FORMULA = r"^[\s]*[=+\-@\t\r]"


def daily_csv(daily: pl.DataFrame) -> bytes:
    """UTF-8 CSV of the daily rows, ordered by day, network and account; unknown numbers are empty cells.

    Text that a spreadsheet would take for a formula gets a leading apostrophe.
    """
    rows = daily.select(DAILY_SCHEMA.names()).sort("date", "network", "account")
    safe = rows.with_columns(
        pl.when(pl.col(pl.String).str.contains(FORMULA))
        .then("'" + pl.col(pl.String))
        .otherwise(pl.col(pl.String))
        .name.keep()
    )
    return safe.write_csv(date_format="%Y-%m-%d").encode()
