"""The only door to Great Expectations 1.x: a table of measures, and where it breaks what is expected.

Import this inside functions: it loads Great Expectations and pandas. It has no engine for DuckDB, and through
duckdb-engine every expectation fails silently; so it judges what DuckDB has summed up.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read at import: nothing is sent anywhere

import great_expectations as gx
import pandas as pd
from great_expectations.data_context.data_context.abstract_data_context import AbstractDataContext
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.core.expect_column_values_to_be_between import (
    ExpectColumnValuesToBeBetween,
)


class BrokenExpectation(RuntimeError):
    """An expectation could not be carried out; this says nothing about the data."""


def above_zero(table: Mapping[str, Sequence[Any]], key: str, columns: Sequence[str]) -> dict[str, set[Any]]:
    """Of a table of measures, for each column the keys of the rows where it is above 0.

    Raises:
        BrokenExpectation: an expectation could not be evaluated.
    """
    source = _new_context().data_sources.add_or_update_pandas("measures")
    suite = gx.ExpectationSuite("measures")  # it looks for a context as soon as something is added
    for column in columns:
        suite.add_expectation(ExpectColumnValuesToBeBetween(column=column, max_value=0))
    definition = source.add_dataframe_asset("measures").add_batch_definition_whole_dataframe("all")
    report = definition.get_batch({"dataframe": pd.DataFrame(dict(table))}).validate(
        suite, result_format={"result_format": "COMPLETE", "unexpected_index_column_names": [key]}
    )
    found: dict[str, set[Any]] = {}
    for result in report.results:
        config: Any = result.expectation_config
        column = config.kwargs["column"]
        problem = next(_problems(result.exception_info), None)
        if problem is not None or (not result.success and not result.result):
            raise BrokenExpectation(f"{column} can't be judged: {problem or 'no result'}")
        found[column] = {each[key] for each in result.result.get("unexpected_index_list") or ()}
    return found


def _new_context() -> AbstractDataContext:
    """A context in memory, without progress bars."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def _problems(info: Mapping[str, Any]) -> Iterator[str]:
    """The messages in `exception_info`, which is flat when all is well and nested by metric when not."""
    for each in (info, *(value for value in info.values() if isinstance(value, Mapping))):
        if each.get("raised_exception"):
            yield str(each.get("exception_message"))
