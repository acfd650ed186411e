"""The raw contract: look at what has landed, judge each batch, and set aside those that broke it.

Every portion is one transaction of the lake: what was found, that it was looked at, and what is set aside
stand there together or not at all. Killed at any moment, the next look goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import duckdb

from foundation.database import utc_now
from foundation.settings import Settings, get_settings
from foundation.turns import turn
from warehouse import lake
from warehouse.audit_specs import Severity
from warehouse.gates import gone, looking, quarantine, results, settling
from warehouse.gates.checks import BY_NAME, READABLE, Check
from warehouse.gates.looking import KEPT, Portion
from warehouse.gates.measures import MEASURES
from warehouse.releases import current
from warehouse.schema import rollback

TURN: Final = "raw contract"
WRITE_PAGES: Final = """
INSERT INTO lake.raw.gate_pages
SELECT answer_id, owner_organization, account_id, network, entity, path, observed_hour, asked, following,
  run_id,
       landed_at FROM new_pages
"""
WRITE_FIGURES: Final = """
INSERT INTO lake.raw.gate_figures
SELECT f.answer_id, p.owner_organization, f.account_id, p.network, f.entity, f.path, p.observed_hour,
  f.kind, f.subject,
       f.stamp, f.metric, f.value
FROM new_figures AS f JOIN new_pages AS p USING (answer_id)
"""
# With what an earlier look had seen of the batch, while it was still being collected.
SET_ASIDE: Final = """
INSERT INTO lake.raw.quarantine
SELECT p.answer_id, p.organization_id, p.account_id, p.network, p.entity, $check, $reason, p.run_id, $now,
       NULL, NULL
FROM lake.raw.gate_pages AS p
JOIN (SELECT DISTINCT account_id, entity, observed_hour, run_id FROM new_pages WHERE batch = $batch) AS b
  USING (account_id, entity, observed_hour, run_id)
WHERE p.answer_id NOT IN (SELECT answer_id FROM new_pages WHERE NOT readable)
  AND p.answer_id NOT IN (SELECT answer_id FROM lake.raw.quarantine)
"""
# An answer that can't be read is left out alone and for good; nobody has to decide about it.
LEAVE_OUT: Final = """
INSERT INTO lake.raw.quarantine
SELECT p.answer_id, p.owner_organization, p.account_id, p.network, p.entity, $check, $reason, p.run_id, $now,
       $now, 'rejected'
FROM new_pages AS p WHERE p.batch = $batch AND NOT p.readable
"""
BATCHES: Final = """
SELECT batch, any_value(owner_organization), any_value(account_id), any_value(network), any_value(entity),
       any_value(observed_hour), any_value(run_id), count(*)
FROM new_pages GROUP BY batch ORDER BY batch
"""
BATCH: Final = ("batch", "organization_id", "account_id", "network", "entity", "hour", "run_id", "answers")
# Pages of what was set aside stay: they tell its hour. While something of an account waits, however long,
# what it is compared with stays.
FORGET: Final = (
    "DELETE FROM lake.raw.gate_figures WHERE observed_hour < $before "
    "AND account_id NOT IN (SELECT account_id FROM lake.raw.quarantine WHERE verdict IS NULL)",
    "DELETE FROM lake.raw.gate_pages WHERE observed_hour < $before "
    "AND answer_id NOT IN (SELECT answer_id FROM lake.raw.quarantine)",
)
NEWEST: Final = "SELECT max(observed_hour) FROM lake.raw.gate_pages"
# What was parsed before there was a gate is not judged, but compared with.
PARSED_BEFORE: Final = """
SELECT answer_id, account_id, observed_hour FROM lake.raw.answers SEMI JOIN lake.raw.accounts USING
  (account_id)
"""


@dataclass(frozen=True)
class Finding:
    """A check that a batch broke. `reason` is for the people of its organization; `hour` is aware UTC."""

    check: Check
    organization_id: str
    account_id: str
    network: str
    entity: str
    hour: datetime
    run_id: str
    reason: str
    answers: int
    batch: int

    @property
    def blocks(self) -> bool:
        """Whether the batch waits for a decision."""
        return self.check.severity is Severity.ERROR and self.check.name != READABLE


@dataclass(frozen=True)
class Look:
    """What one look saw."""

    answers: int
    batches: int
    findings: tuple[Finding, ...]


def look(
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    settings: Settings | None = None,
    now: datetime | None = None,
) -> Look:
    """Look at all that landed since the last look; needs a worker's connection. One look at a time.

    People's verdicts of before are carried into the lake first. Batches that break a blocking check are set
    aside with the reason; no model reads them until somebody accepts them.

    Raises:
        BrokenExpectation: a check could not be evaluated; nothing of that portion was kept.
    """
    settings, now = settings or get_settings(), now or utc_now()
    seen: list[Look] = []
    with turn(TURN, settings):
        quarantine.apply_verdicts(connection, settings)
        if _is_new_here(connection) and current(settings) is not None:
            _take_as_known(connection, settings)
        for portion in looking.portions(connection, settings):
            seen.append(lake.retrying(lambda each=portion: _judge(connection, each, now)))  # type: ignore[misc]
        if quarantine.publish(connection, settings):
            settling.settle_replaced(connection, settings)
        _forget(connection)
    whole = Look(
        sum(one.answers for one in seen),
        sum(one.batches for one in seen),
        tuple(finding for one in seen for finding in one.findings),
    )
    results.write_raw(run_id, whole.findings, settings)
    return whole


def _forget(connection: duckdb.DuckDBPyConnection) -> None:
    newest = connection.execute(NEWEST).fetchone()
    if newest is not None and newest[0] is not None:
        before = {"before": newest[0] - 2 * KEPT}
        for statement in FORGET:
            lake.retrying(lambda each=statement: connection.execute(each, before))  # type: ignore[misc]


def _is_new_here(connection: duckdb.DuckDBPyConnection) -> bool:
    return connection.execute("SELECT 1 FROM lake.raw.gate_pages LIMIT 1").fetchone() is None


def _take_as_known(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    rows = connection.execute(PARSED_BEFORE).fetchall()
    looking.lay_out_windows(connection, sorted(row[2] for row in rows)[-1:], settings)  # years of them
    for portion in looking.portions_of([(str(answer), str(account), hour) for answer, account, hour in rows]):
        looking.lay_out(connection, portion)
        lake.retrying(lambda: _keep(connection, [], utc_now()))


def _judge(connection: duckdb.DuckDBPyConnection, portion: Portion, now: datetime) -> Look:
    looking.lay_out(connection, portion)
    findings = judged(connection)
    _keep(connection, findings, now)
    batches = connection.execute("SELECT count(DISTINCT batch) FROM new_pages").fetchone()
    return Look(len(portion.answer_ids), int(batches[0]) if batches else 0, tuple(findings))


def _keep(connection: duckdb.DuckDBPyConnection, findings: Sequence[Finding], now: datetime) -> None:
    connection.execute("BEGIN")
    try:
        connection.execute(WRITE_PAGES)
        connection.execute(WRITE_FIGURES)
        gone.note(connection, {finding.batch for finding in findings if finding.blocks}, now)
        for statement, values in _aside(findings, now):
            connection.execute(statement, values)
        connection.execute("COMMIT")
    except BaseException:
        rollback(connection)
        raise


def _aside(findings: Sequence[Finding], now: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is set aside: each batch once, by the first check it broke and with all reasons."""
    for batch in dict.fromkeys(finding.batch for finding in findings):
        found = [finding for finding in findings if finding.batch == batch]
        torn = [finding for finding in found if finding.check.name == READABLE]
        blocking = [finding for finding in found if finding.blocks]
        for statement, reasons in ((LEAVE_OUT, torn), (SET_ASIDE, blocking)):
            if reasons:
                words = " ".join(finding.reason for finding in reasons)
                check = reasons[0].check.name
                yield statement, {"check": check, "reason": words, "now": now, "batch": batch}


def judged(connection: duckdb.DuckDBPyConnection) -> list[Finding]:
    """Judge the batches that are laid out: measured in DuckDB, decided by Great Expectations.

    Raises:
        BrokenExpectation: an expectation could not be evaluated.
    """
    from warehouse import expectations  # loads Great Expectations and pandas: only here

    measured = {
        (check, int(batch)): (max(int(count), 1), str(what), str(detail or ""))
        for check, query in MEASURES.items()
        for batch, count, what, detail in connection.execute(query).fetchall()
    }
    batches = [dict(zip(BATCH, row, strict=True)) for row in connection.execute(BATCHES).fetchall()]
    numbers = [batch["batch"] for batch in batches]
    table: dict[str, list[int]] = {"batch": numbers} | {
        check: [measured.get((check, number), (0, "", ""))[0] for number in numbers] for check in MEASURES
    }
    broken = expectations.above_zero(table, "batch", list(MEASURES))
    return [
        Finding(BY_NAME[check], reason=words(BY_NAME[check], *measured[check, batch["batch"]]), **batch)
        for batch in batches
        for check in MEASURES
        if batch["batch"] in broken[check]
    ]


def words(check: Check, count: int, what: str, detail: str) -> str:
    """The reason in words, such as ``3 posts are on two pages of the list``."""
    things = f"{count:,} {what}{'' if count == 1 else 's'}"
    are, were = ("is", "was") if count == 1 else ("are", "were")
    return check.reason.format(things=things, are=are, were=were, detail=detail)
