"""The only door to Great Expectations 1.x: expectations for an audit, and their outcomes as plain values.

Import this inside functions: it loads Great Expectations.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read at import: nothing is sent anywhere

import great_expectations as gx
import pandas as pd
from great_expectations.data_context.data_context.abstract_data_context import AbstractDataContext
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.core.expect_column_values_to_be_between import (
    ExpectColumnValuesToBeBetween,
)
from great_expectations.expectations.core.expect_column_values_to_be_in_set import ExpectColumnValuesToBeInSet
from great_expectations.expectations.core.expect_column_values_to_be_unique import (
    ExpectColumnValuesToBeUnique,
)
from great_expectations.expectations.core.expect_column_values_to_not_be_null import (
    ExpectColumnValuesToNotBeNull,
)
from great_expectations.expectations.core.expect_compound_columns_to_be_unique import (
    ExpectCompoundColumnsToBeUnique,
)
from great_expectations.expectations.core.expect_table_row_count_to_be_between import (
    ExpectTableRowCountToBeBetween,
)
from great_expectations.expectations.core.expect_table_row_count_to_equal import ExpectTableRowCountToEqual

from warehouse.audit_specs import Audit, Rule


@dataclass(frozen=True)
class Outcome:
    """One evaluated expectation. `problem` is set when it could not be evaluated at all."""

    audit: str
    column: str
    count: int
    keys: tuple[Mapping[str, Any], ...]
    problem: str | None = None


def of(audit: Audit, owners: list[str], first: date, last: date, highest_rate: float) -> list[Any]:
    """The expectations of an audit, one for each column where the rule is about columns."""
    if audit.rule is Rule.UNIQUE:
        if len(audit.columns) == 1:
            return [ExpectColumnValuesToBeUnique(column=audit.columns[0])]
        return [ExpectCompoundColumnsToBeUnique(column_list=list(audit.columns))]
    if audit.rule is Rule.NOT_EMPTY:
        return [ExpectTableRowCountToBeBetween(min_value=1)]
    if audit.rule is Rule.NOT_VANISHED:
        return [ExpectTableRowCountToEqual(value=0)]
    return [_of_column(audit.rule, column, owners, first, last, highest_rate) for column in audit.columns]


def _of_column(
    rule: Rule, column: str, owners: list[str], first: date, last: date, highest_rate: float
) -> Any:
    if rule is Rule.PRESENT:
        return ExpectColumnValuesToNotBeNull(column=column)
    if rule is Rule.KNOWN_OWNER:
        return ExpectColumnValuesToBeInSet(column=column, value_set=owners)
    if rule is Rule.DATES:
        return ExpectColumnValuesToBeBetween(
            column=column, min_value=pd.Timestamp(first), max_value=pd.Timestamp(last)
        )
    highest = highest_rate if rule is Rule.RATES else None
    return ExpectColumnValuesToBeBetween(column=column, min_value=0, max_value=highest)


def new_context() -> AbstractDataContext:
    """A context in memory, without progress bars."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def run(
    context: AbstractDataContext,
    batch: pd.DataFrame,
    expectations: Mapping[str, Sequence[Any]],
    key: Sequence[str],
    examples: int,
) -> list[Outcome]:
    """Evaluate the expectations of several audits over one batch."""
    source = context.data_sources.add_or_update_pandas("marts")
    definition = source.add_dataframe_asset("mart").add_batch_definition_whole_dataframe("all")
    suite = gx.ExpectationSuite("audits")
    for audit, listed in expectations.items():
        for expectation in listed:
            expectation.meta = {"audit": audit}
            suite.add_expectation(expectation)
    report = definition.get_batch({"dataframe": batch}).validate(
        suite,
        result_format={
            "result_format": "SUMMARY",
            "partial_unexpected_count": examples,
            "unexpected_index_column_names": list(key),
        },
    )
    return [_outcome(result) for result in report.results]


def _outcome(result: Any) -> Outcome:
    config = result.expectation_config
    kwargs, found = config.kwargs, result.result
    column = kwargs.get("column") or " and ".join(kwargs.get("column_list", ("row",)))
    problem = next(_problems(result.exception_info), None)
    if problem is None and not result.success and not found:
        problem = "no result"
    count = 0
    if not result.success:
        # A row-count expectation has no unexpected rows; it is broken once, or by each row too many.
        count = int(found.get("unexpected_count", 0) or found.get("observed_value", 0) or 1)
    keys = tuple(found.get("partial_unexpected_index_list") or ())
    return Outcome(config.meta["audit"], column, count, keys, problem)


def _problems(info: Mapping[str, Any]) -> Iterator[str]:
    """The messages in `exception_info`, which is flat when all is well and nested by metric when not."""
    for each in (info, *(value for value in info.values() if isinstance(value, Mapping))):
        if each.get("raised_exception"):
            yield str(each.get("exception_message"))
