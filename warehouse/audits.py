"""The audits of a candidate snapshot: measured in DuckDB, judged by Great Expectations, answered in plain
words.

Great Expectations has no engine for DuckDB, so what it judges is a small table of measures; the marts stay
where they are. It is imported inside the functions, for its import takes seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import duckdb

from foundation.database import utc_now
from foundation.settings import Settings
from warehouse import audit_measures, lake, releases
from warehouse.audit_measures import BY_ROW, EARLIEST, EXAMPLES, by_row
from warehouse.audit_specs import AGAINST_RELEASE, AUDITS, BY_ACCOUNT, Audit, Rule, Severity


class BrokenAudit(RuntimeError):
    """An audit could not be carried out; this says nothing about the data."""


@dataclass(frozen=True)
class AuditResult:
    """What one audit found. `detail` has counts only; `examples` are up to three keys, for the operator.

    `accounts` are those it is about, where it tells them apart.
    """

    name: str
    table: str
    passed: bool
    severity: Severity
    detail: str
    examples: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether the release must not move."""
        return not self.passed and self.severity is Severity.ERROR

    @property
    def reason(self) -> str:
        """One line for people of any organization: no keys."""
        return f"{self.table}: {self.detail}"


@dataclass(frozen=True)
class Measure:
    """Of one audit and column: how much is wrong, and the keys of some."""

    column: str
    count: int
    examples: tuple[str, ...]


def audit_marts(
    snapshot_id: int,
    settings: Settings | None = None,
    now: datetime | None = None,
    *,
    replayed: bool = False,
) -> list[AuditResult]:
    """Audit the marts of a snapshot, against the current release where that says more.

    `replayed`: older answers were parsed anew, so past months may change; that is told, and blocks nothing.
    Returns one result for each of `audit_specs.AUDITS`, in their order.

    Raises:
        BrokenAudit: an audit could not be evaluated.
        duckdb.CatalogException: a mart is missing.
    """
    current = releases.current(settings)
    tomorrow = (now or utc_now()).date() + timedelta(days=1)
    before = current.snapshot_id if current is not None else None
    measured: dict[str, list[Measure]] = {audit.name: [] for audit in AUDITS}
    with lake.connect(settings, read_only=True, goes_over_all=True) as connection:
        connection.execute("BEGIN")  # one look at the catalog for all of them
        for table in dict.fromkeys(audit.table for audit in AUDITS):
            listed = [audit for audit in AUDITS if audit.table == table and audit.rule in BY_ROW]
            [row] = _rows(connection, table, audit_measures.rows_query(listed, snapshot_id, tomorrow))
            for (audit, column), *found in zip(by_row(listed), row[::2], row[1::2], strict=True):
                measured[audit.name].append(_measure(column, *found))
        for audit in AUDITS:
            compares = audit.rule in AGAINST_RELEASE
            if audit.rule not in BY_ROW and not (compares and before is None):
                query = audit_measures.query(audit, snapshot_id, before if compares else None, tomorrow)
                measured[audit.name] = [_measure(*row) for row in _rows(connection, audit.name, query)]
    broken = _wrong([measured[audit.name] for audit in AUDITS])
    results = [_result(audit, found) for audit, found in zip(AUDITS, broken, strict=True)]
    return [_softened(each) if replayed else each for each in results]


def _rows(connection: duckdb.DuckDBPyConnection, name: str, statement: str) -> list[tuple[Any, ...]]:
    try:
        return connection.execute(statement).fetchall()
    except duckdb.CatalogException:
        raise
    except duckdb.Error as error:
        raise BrokenAudit(f"{name} can't be audited: {str(error).splitlines()[0]}") from None


def _measure(column: str, count: int, keys: Sequence[str] | None) -> Measure:
    return Measure(str(column), int(count), tuple(map(str, keys or ())))


def _wrong(measured: Sequence[Sequence[Measure]]) -> list[list[Measure]]:
    """Those of the measures that break their expectation: nothing may be wrong.

    Raises:
        BrokenAudit: an expectation could not be evaluated.
    """
    from warehouse import expectations

    named = {
        f"{audit.name} {place}": measure
        for audit, measures in zip(AUDITS, measured, strict=True)
        for place, measure in enumerate(measures)
    }
    table: dict[str, list[Any]] = {
        "measure": list(named),
        "wrong": [measure.count for measure in named.values()],
    }
    try:
        broken = expectations.above_zero(table, "measure", ["wrong"])["wrong"]
    except expectations.BrokenExpectation as error:
        raise BrokenAudit(str(error)) from None
    return [
        [measure for place, measure in enumerate(measures) if f"{audit.name} {place}" in broken]
        for audit, measures in zip(AUDITS, measured, strict=True)
    ]


def _result(audit: Audit, bad: Sequence[Measure]) -> AuditResult:
    detail = "; ".join(_words(audit.rule, measure) for measure in bad) or f"passed: {audit.description}"
    named = tuple(dict.fromkeys(example for measure in bad for example in measure.examples))
    accounts = named if audit.rule in BY_ACCOUNT else ()
    return AuditResult(audit.name, audit.table, not bad, audit.severity, detail, named[:EXAMPLES], accounts)


def _softened(result: AuditResult) -> AuditResult:
    expected = result.name.endswith(f"__{Rule.NOT_DRIFTED}")
    return replace(result, severity=Severity.WARN) if expected else result


def _words(rule: Rule, measure: Measure) -> str:
    rows, values, accounts, months, posts = (
        _counted(measure.count, what) for what in ("row", "value", "account", "month", "post")
    )
    words = {
        Rule.UNIQUE: f"{rows} whose {measure.column} is there more than once",
        Rule.PRESENT: f"{rows} without {measure.column}",
        Rule.NOT_NEGATIVE: f"{rows} with a negative number of {measure.column}",
        Rule.DATES: f"{rows} with a {measure.column} before {EARLIEST.year} or after tomorrow",
        Rule.RATES: f"{rows} with an impossible {measure.column}",
        Rule.KNOWN_OWNER: f"{rows} of an organization that has no account",
        Rule.NOT_EMPTY: "it has no rows",
        Rule.NOT_VANISHED: f"{values} of {measure.column} that the current release has vanished",
        Rule.NOT_DRIFTED: f"the total {measure.column} of {months} long past changed",
        Rule.NOT_FALLING: f"{measure.column} of {posts} fell, far more than usual",
        Rule.VOLUME: "far more or fewer rows for the last whole day than in the two weeks before",
        Rule.COMPLETE: f"{accounts} without {measure.column} of the last whole day",
    }
    return words[rule]


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
