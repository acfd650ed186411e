"""Answers of DuckDB as frames that pages can show and files can hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

# Days since 1970 of the years 1 to 9999: a time outside of them, such as infinity, can't be written.
DAYS: Final = (-719_162, 2_932_896)
OF_A_DAY: Final = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
REFUSED: Final = (pl.exceptions.PolarsError, pa.ArrowException, NotImplementedError)


class UnshownError(ValueError):
    """A column can't be shown as it is; the message is for whoever wrote the SQL."""


def frame(table: Any) -> pl.DataFrame:
    """A `pyarrow.Table` as a frame; of several columns of one name the later ones get a number.

    Raises:
        UnshownError: a column has a type, or times, that can't be shown.
    """
    columns = {}
    for name, column in zip(_names(table.column_names), table.columns, strict=True):
        if any(_has_unshown_time(chunk) for chunk in column.chunks):
            raise UnshownError(f"{name[:60]} has times that can't be shown: cast it, as in x::VARCHAR.")
        try:
            columns[name] = pl.Series(_known(column))
        except REFUSED:
            words = f"{name[:60]} has a type that can't be shown: cast it, as in x::VARCHAR."
            raise UnshownError(words) from None
    return pl.DataFrame(columns)


def _names(names: list[str]) -> Iterator[str]:
    taken = set[str]()
    for name in names:
        new, number = name, 1
        while new in taken or (number > 1 and new in names):
            number += 1
            new = f"{name}_{number}"
        taken.add(new)
        yield new


def _has_unshown_time(array: Any, *, within: bool = False) -> bool:
    """Whether there is a time that no frame can hold; `within` a list or a record that is any interval."""
    kind = array.type
    if pa.types.is_struct(kind):
        return any(_has_unshown_time(inner, within=True) for inner in array.flatten())
    if pa.types.is_map(kind):
        return any(_has_unshown_time(inner, within=True) for inner in (array.keys, array.items))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _has_unshown_time(array.flatten(), within=True)
    if pa.types.is_interval(kind):
        return within
    if pa.types.is_timestamp(kind):
        return _is_outside(array.view("int64"), OF_A_DAY[kind.unit])
    return pa.types.is_date32(kind) and _is_outside(array.view("int32"), 1)


def _is_outside(array: Any, of_a_day: int) -> bool:
    bounds = pc.min_max(array)
    first, last = bounds["min"].as_py(), bounds["max"].as_py()
    return first is not None and not (DAYS[0] <= first // of_a_day and last // of_a_day <= DAYS[1])


def _known(column: Any) -> Any:
    """A column as polars can take it: it knows no interval with months in it."""
    if not pa.types.is_interval(column.type):
        return column
    values = column.to_pylist()
    if any(value is not None and value.months for value in values):
        words = [
            value and f"{value.months} months {value.days} days {value.nanoseconds / 1e9:g} s"
            for value in values
        ]
        return pl.Series(words, dtype=pl.String)
    spans = [value and timedelta(days=value.days, microseconds=value.nanoseconds / 1000) for value in values]
    return pl.Series(spans, dtype=pl.Duration("us"))
