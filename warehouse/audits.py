"""The audits of a candidate snapshot: Great Expectations over the marts, answered in plain words.

Great Expectations has no engine for DuckDB, so each mart is selected in DuckDB into a pandas batch.
It is imported inside the functions, for its import takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import duckdb

from foundation.database import utc_now
from foundation.settings import Settings
from warehouse import lake, releases
from warehouse.audit_specs import AUDITS, MARTS, Audit, Rule, Severity

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.data_context.data_context.abstract_data_context import AbstractDataContext

EARLIEST: Final = date(2004, 1, 1)  # Facebook's first year: no network is older
HIGHEST_RATE: Final = 100.0  # a small account's post can go round the world, but a percentage is caught
EXAMPLES: Final = 3

# What the current release has and the candidate has not, of accounts that are still connected in the same
# time zone (in another one, their days begin elsewhere).
VANISHED: Final = {
    "dim_posts": "SELECT post_key FROM before ANTI JOIN after USING (post_key)",
    "fct_account_metrics_daily": "SELECT account_id, date FROM before "
    "ANTI JOIN (SELECT * FROM after WHERE followers IS NOT NULL) USING (account_id, date) "
    "WHERE followers IS NOT NULL",
}


class BrokenAudit(RuntimeError):
    """An audit could not be carried out; this says nothing about the data."""


@dataclass(frozen=True)
class AuditResult:
    """What one audit found. `detail` has counts only; `examples` are up to three keys, for the operator."""

    name: str
    table: str
    passed: bool
    severity: Severity
    detail: str
    examples: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether the release must not move."""
        return not self.passed and self.severity is Severity.ERROR

    @property
    def reason(self) -> str:
        """One line for people of any organization: no keys."""
        return f"{self.table}: {self.detail}"


@dataclass(frozen=True)
class Finding:
    """Of one expectation: the column, how many rows broke it, and the keys of some."""

    column: str
    count: int
    examples: tuple[str, ...]


def audit_marts(
    snapshot_id: int, settings: Settings | None = None, now: datetime | None = None
) -> list[AuditResult]:
    """Audit the marts of a snapshot, against the current release where that says more.

    Returns one result for each of `audit_specs.AUDITS`, in their order.

    Raises:
        BrokenAudit: an expectation could not be evaluated.
        duckdb.CatalogException: a mart is missing.
    """
    from warehouse import expectations

    current = releases.current(settings)
    tomorrow = (now or utc_now()).date() + timedelta(days=1)
    results: list[AuditResult] = []
    context = expectations.new_context()
    with lake.connect(settings, read_only=True) as connection:
        owners = _owners(connection, snapshot_id)
        for mart in MARTS:
            audits = [audit for audit in AUDITS if audit.table == mart.table]
            within = [audit for audit in audits if audit.rule is not Rule.NOT_VANISHED]
            batch = _batch(connection, snapshot_id, within)
            found = _validate(context, batch, within, mart.key, owners, tomorrow)
            for audit in audits:
                if audit.rule is Rule.NOT_VANISHED:
                    results.append(_vanished(context, connection, audit, snapshot_id, current))
                else:
                    results.append(_result(audit, found[audit.name]))
    return results


def _owners(connection: duckdb.DuckDBPyConnection, snapshot_id: int) -> list[str]:
    query = "SELECT DISTINCT organization_id FROM lake.raw.accounts AT (VERSION => ?)"
    return [str(row[0]) for row in connection.execute(query, [snapshot_id]).fetchall()]


def _batch(connection: duckdb.DuckDBPyConnection, snapshot_id: int, audits: Sequence[Audit]) -> pd.DataFrame:
    """Only the columns that are audited. Names are constants of `audit_specs`."""
    columns = dict.fromkeys(name for audit in audits for name in (*audit.key, *audit.columns))
    query = f"SELECT {', '.join(columns)} FROM lake.marts.{audits[0].table} AT (VERSION => ?)"  # noqa: S608
    return connection.execute(query, [snapshot_id]).df()


def _vanished(
    context: AbstractDataContext,
    connection: duckdb.DuckDBPyConnection,
    audit: Audit,
    snapshot_id: int,
    current: releases.Release | None,
) -> AuditResult:
    if current is None:
        return AuditResult(
            audit.name, audit.table, True, audit.severity, "the first release: nothing before it"
        )
    table = f"lake.marts.{audit.table}"
    query = (
        "WITH kept AS (SELECT account_id FROM lake.raw.accounts AT (VERSION => $after) "  # noqa: S608
        "JOIN lake.marts.dim_accounts AT (VERSION => $before) USING (account_id, timezone)), "
        f"before AS (SELECT * FROM {table} AT (VERSION => $before) SEMI JOIN kept USING (account_id)), "
        f"after AS (SELECT * FROM {table} AT (VERSION => $after)) {VANISHED[audit.table]} ORDER BY ALL"
    )
    gone = connection.execute(query, {"after": snapshot_id, "before": current.snapshot_id}).df()
    found = _validate(context, gone, [audit], audit.key, [], date.max)[audit.name]
    keys = gone.head(EXAMPLES).to_dict("records")
    examples = tuple(_key_words(key, audit.key) for key in keys)
    return _result(audit, [Finding(audit.columns[0], each.count, examples) for each in found])


def _validate(
    context: AbstractDataContext,
    batch: pd.DataFrame,
    audits: Sequence[Audit],
    key: tuple[str, ...],
    owners: list[str],
    tomorrow: date,
) -> dict[str, list[Finding]]:
    """Run every expectation of the audits over one batch; findings by audit name."""
    from warehouse import expectations

    outcomes = expectations.run(
        context,
        batch,
        {audit.name: expectations.of(audit, owners, EARLIEST, tomorrow, HIGHEST_RATE) for audit in audits},
        key,
        EXAMPLES,
    )
    found: dict[str, list[Finding]] = {audit.name: [] for audit in audits}
    for outcome in outcomes:
        if outcome.problem is not None:
            raise BrokenAudit(f"{outcome.audit} can't be carried out: {outcome.problem}")
        examples = tuple(_key_words(each, key) for each in outcome.keys)
        found[outcome.audit].append(Finding(outcome.column, outcome.count, examples))
    return found


def _result(audit: Audit, findings: Iterable[Finding]) -> AuditResult:
    bad = [finding for finding in findings if finding.count]
    detail = "; ".join(_words(audit.rule, finding) for finding in bad) or f"passed: {audit.description}"
    examples = tuple(dict.fromkeys(example for finding in bad for example in finding.examples))[:EXAMPLES]
    return AuditResult(audit.name, audit.table, not bad, audit.severity, detail, examples)


def _words(rule: Rule, finding: Finding) -> str:
    rows = f"{finding.count:,} {'row' if finding.count == 1 else 'rows'}"
    words = {
        Rule.UNIQUE: f"{rows} whose {finding.column} is there more than once",
        Rule.PRESENT: f"{rows} without {finding.column}",
        Rule.NOT_NEGATIVE: f"{rows} with a negative number of {finding.column}",
        Rule.DATES: f"{rows} with a {finding.column} before {EARLIEST.year} or after tomorrow",
        Rule.RATES: f"{rows} with an impossible {finding.column}",
        Rule.KNOWN_OWNER: f"{rows} of an organization that has no account",
        Rule.NOT_EMPTY: "it has no rows",
        Rule.NOT_VANISHED: f"{finding.count:,} {'value' if finding.count == 1 else 'values'} of "
        f"{finding.column} that the current release has vanished",
    }
    return words[rule]


def _key_words(row: Mapping[Any, Any], key: tuple[str, ...]) -> str:
    return ", ".join(f"{name} {_plain(row.get(name))}" for name in key)


def _plain(value: object) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, date) else str(value)
