"""An answer as a file."""

from __future__ import annotations

import io
from typing import Final

import polars as pl

# A cell that begins so is a formula to a spreadsheet (owasp.org/www-community/attacks/CSV_Injection).
FORMULA: Final = r"^[\s]*[=+\-@\t\r]"


def csv(frame: pl.DataFrame) -> bytes:
    """UTF-8 CSV with a mark, so that spreadsheets know it; unknown is an empty cell, times are ISO 8601 in
    UTC.

    Text that a spreadsheet would take for a formula gets a leading apostrophe; Parquet has it as it is.
    """
    plain = frame.with_columns(_flat(series) for series in frame)
    text = pl.col(pl.String)
    safe = plain.with_columns(
        pl.when(text.str.contains(FORMULA)).then("'" + text).otherwise(text).name.keep()
    )
    return safe.write_csv(include_bom=True, datetime_format="%Y-%m-%dT%H:%M:%S%.f%:z").encode()


def parquet(frame: pl.DataFrame) -> bytes:
    """Parquet, with every type as it is."""
    file = io.BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


def _flat(series: pl.Series) -> pl.Series:
    """A column that CSV can hold: lists, records and bytes as text."""
    kind = series.dtype
    if isinstance(kind, pl.Datetime) and kind.time_zone is None:
        return series.dt.to_string("iso:strict")
    if isinstance(kind, pl.Duration) or kind == pl.Null:
        return series.cast(pl.String) if kind == pl.Null else series.dt.to_string("polars")
    if kind.is_nested() or kind in (pl.Binary, pl.Object):
        words = [None if value is None else _words(value) for value in series.to_list()]
        return pl.Series(series.name, words, dtype=pl.String)
    return series


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
