"""What the gates found, build by build, kept in PostgreSQL for the page and the API."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from foundation.database import utc_now, worker_session
from foundation.settings import Settings
from warehouse.audit_specs import Severity
from warehouse.gates.checks import CHECKS

if TYPE_CHECKING:
    from warehouse.audits import AuditResult
    from warehouse.gates.contract import Finding

KEPT: Final = timedelta(days=90)
RAW, MARTS = "raw", "marts"
INSERT: Final = text(
    "INSERT INTO check_results (run_id, gate, name, organization_id, account_id, passed, severity, "
    "detail, found_at) "
    "SELECT :run_id, :gate, :name, a.organization_id, a.id, :passed, :severity, :detail, :now "
    "FROM (SELECT CAST(:account_id AS uuid) AS id) given LEFT JOIN accounts a ON a.id = given.id "
    "WHERE given.id IS NULL OR a.id IS NOT NULL"
)
# Two parts, so that each finds its index.
BY_DAY: Final = text(
    "SELECT gate, name, day, bool_and(passed) AS passed, "
    "bool_or(NOT passed AND severity = 'ERROR') AS stopped FROM ("
    "SELECT gate, name, passed, severity, (found_at AT TIME ZONE 'UTC')::date AS day FROM check_results "
    "WHERE organization_id IS NULL AND gate IN ('raw', 'marts') AND found_at >= :since UNION ALL "
    "SELECT c.gate, c.name, c.passed, c.severity, (c.found_at AT TIME ZONE 'UTC')::date "
    "FROM check_results c JOIN accounts a ON a.organization_id = c.organization_id AND a.id = c.account_id "
    "WHERE c.found_at >= :since) AS found GROUP BY gate, name, day"
)


@dataclass(frozen=True)
class CheckResult:
    """What a check said in one build; `found_at` is aware UTC. Without an account it is about the
    installation."""

    name: str
    gate: str
    passed: bool
    severity: Severity
    detail: str
    found_at: datetime
    run_id: str
    account_id: UUID | None = None
    account_name: str | None = None


@dataclass(frozen=True)
class DayResult:
    """What a check found on a day (UTC), in all builds of it; `severity` is the worst that failed."""

    gate: str
    name: str
    day: date
    passed: bool
    severity: Severity


def write_raw(run_id: str, findings: Sequence[Finding], settings: Settings | None = None) -> None:
    """Keep what the raw contract found: a line for each finding, and one for each check that was carried out.

    A run that looks again writes its lines anew.
    """
    rows = [_row(check.name, True, check.severity, "") for check in CHECKS]
    rows += [_row(one.check.name, False, one.check.severity, one.reason, one.account_id) for one in findings]
    _write(run_id, RAW, rows, settings)


def write_marts(run_id: str, found: Iterable[AuditResult], settings: Settings | None = None) -> None:
    """Keep what the audits of the marts found.

    What an audit found about single accounts is a line for each of them, which their organization alone sees,
    beside the one that says it was carried out.
    """
    rows: list[dict[str, Any]] = []
    for one in found:
        rows.append(_row(one.name, one.passed or bool(one.accounts), one.severity, one.detail))
        rows += [_row(one.name, False, one.severity, "", account) for account in one.accounts]
    _write(run_id, MARTS, rows, settings)


def newest(session: Session, gate: str) -> list[CheckResult]:
    """The results of the newest build that reached this gate, as far as the session's tenant may see them."""
    statement = (
        "SELECT c.*, a.name AS account_name FROM check_results c LEFT JOIN accounts a ON a.id = c.account_id "
        "WHERE c.gate = :gate AND c.run_id = (SELECT run_id FROM check_results WHERE gate = :gate "
        "AND organization_id IS NULL ORDER BY found_at DESC, id DESC LIMIT 1) ORDER BY c.id"
    )
    return [_result(row) for row in session.execute(text(statement), {"gate": gate})]


def recent_findings(session: Session, since: datetime) -> list[CheckResult]:
    """What the raw contract found about the tenant's own accounts since then (aware UTC), newest first."""
    statement = (
        "SELECT c.*, a.name AS account_name FROM check_results c JOIN accounts a ON a.id = c.account_id "
        "WHERE c.gate = 'raw' AND NOT c.passed AND c.found_at >= :since ORDER BY c.found_at DESC, c.id DESC"
    )
    return [_result(row) for row in session.execute(text(statement), {"since": since})]


def by_day(session: Session, since: datetime) -> list[DayResult]:
    """What each check found on each day since then (aware UTC), as far as the session's tenant may see it."""
    return [
        DayResult(row.gate, row.name, row.day, row.passed, Severity.ERROR if row.stopped else Severity.WARN)
        for row in session.execute(BY_DAY, {"since": since})
    ]


def _row(
    name: str, passed: bool, severity: Severity, detail: str, account_id: str | None = None
) -> dict[str, Any]:
    return {
        "name": name,
        "passed": passed,
        "severity": severity.value,
        "detail": detail,
        "account_id": account_id,
    }


def _write(run_id: str, gate: str, rows: Sequence[dict[str, Any]], settings: Settings | None) -> None:
    now = utc_now()
    with worker_session(settings) as session:
        session.execute(
            text("DELETE FROM check_results WHERE run_id = :run_id AND gate = :gate OR found_at < :old"),
            {"run_id": run_id, "gate": gate, "old": now - KEPT},
        )
        session.execute(INSERT, [{**row, "run_id": run_id, "gate": gate, "now": now} for row in rows])


def _result(row: Row[Any]) -> CheckResult:
    return CheckResult(
        row.name,
        row.gate,
        row.passed,
        Severity(row.severity),
        row.detail,
        row.found_at,
        row.run_id,
        row.account_id,
        row.account_name,
    )
