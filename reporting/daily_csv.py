"""The daily rows as CSV."""

from __future__ import annotations

import polars as pl

from reporting.data import DAILY_SCHEMA
from reporting.spreadsheet import safe_csv


def daily_csv(daily: pl.DataFrame) -> bytes:
    """CSV of the daily rows, ordered by day, network and account; unknown numbers are empty cells."""
    return safe_csv(daily.select(DAILY_SCHEMA.names()).sort("date", "network", "account"))
