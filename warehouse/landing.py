"""Raw answers and the account registry, written to the lake as they came."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Final

import duckdb
import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from foundation.database import utc_now
from platforms.contract import Account, Answer
from warehouse.lake import retrying
from warehouse.schema import rollback

INSERT_ANSWERS: Final = "INSERT INTO lake.raw.answers SELECT * FROM landing_answers"
COLUMNS: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "answer_id": pl.String, "organization_id": pl.String, "account_id": pl.String, "network": pl.String,
    "entity": pl.String, "request": pl.String, "requested_at": pl.Datetime("us", "UTC"),
    "observed_hour": pl.Datetime("us", "UTC"), "status": pl.Int32, "body": pl.String, "run_id": pl.String,
    "landed_at": pl.Datetime("us", "UTC"),
}  # fmt: skip
INSERT_ACCOUNT: Final = "INSERT INTO lake.raw.accounts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
# Of one process's commits to the lake only one gets through at a time; the others would be turned back.
_ONE_COMMIT: Final = threading.Lock()
HALF_CHARACTER: Final = re.compile("[\ud800-\udfff]")


class Json(str):
    """A body that the lake was found to read."""

    __slots__ = ()


@dataclass(frozen=True)
class RegistryRow:
    """One connected account with its brand and organization; the columns of ``raw.accounts``."""

    account_id: str
    organization_id: str
    organization_name: str
    brand_id: str
    brand_name: str
    timezone: str
    network: str
    external_id: str
    account_name: str
    connected_at: datetime
    status: str


def land(
    connection: duckdb.DuckDBPyConnection,
    account: Account,
    answers: Iterable[Answer],
    observed_hour: datetime,
    run_id: str,
    *,
    first: bool = False,
) -> int:
    """Write answers to ``raw.answers`` in one transaction; returns how many were not there already.

    `observed_hour` is the start of the hour they were asked in (aware UTC): the same answer landed
    again in its hour inserts nothing. One writer per account at a time. `first` says that nothing of
    the account's entity was landed in this hour, so nobody has to look.

    Raises:
        duckdb.TransactionException: conflicts with other writers to the last attempt; nothing was kept.
    """
    rows = {}
    for answer in answers:
        row = _row(connection, account, answer, observed_hour, run_id)
        rows[row[0]] = row
    if not rows:
        return 0
    with _ONE_COMMIT:
        return retrying(lambda: _insert_new(connection, list(rows.values()), first=first))


def _insert_new(
    connection: duckdb.DuckDBPyConnection, rows: Sequence[tuple[object, ...]], *, first: bool
) -> int:
    connection.execute("BEGIN")
    try:
        known = set() if first else _known(connection, rows)
        new = [row for row in rows if row[0] not in known]
        if new:
            connection.register("landing_answers", pl.DataFrame(new, schema=COLUMNS, orient="row").to_arrow())
            connection.execute(INSERT_ANSWERS)
            connection.unregister("landing_answers")
        connection.execute("COMMIT")
    except BaseException:
        rollback(connection)
        raise
    return len(new)


def _known(connection: duckdb.DuckDBPyConnection, rows: Sequence[tuple[object, ...]]) -> set[str]:
    """The ids of those that are in the lake. Network and entity choose the partition: few files are read."""
    query = (
        "SELECT answer_id FROM lake.raw.answers WHERE network = ? AND entity = ? AND account_id = ? "
        "AND observed_hour = ? AND answer_id IN (SELECT unnest(?))"
    )
    ids = [row[0] for row in rows]
    known: set[str] = set()
    for network, entity, account_id, hour in {(row[3], row[4], row[2], row[7]) for row in rows}:
        found = connection.execute(query, [network, entity, account_id, hour, ids]).fetchall()
        known.update(str(row[0]) for row in found)
    return known


def _row(
    connection: duckdb.DuckDBPyConnection,
    account: Account,
    answer: Answer,
    observed_hour: datetime,
    run_id: str,
) -> tuple[object, ...]:
    request = json.dumps(answer.request, sort_keys=True, default=str)
    body = as_json(connection, answer.body)
    if body is None:
        body = Json(json.dumps(answer.body))  # one JSON string, for the record
    parts = (account.id, answer.entity.value, request, observed_hour.isoformat(), str(answer.status), body)
    return (
        hashlib.sha256("\x1f".join(parts).encode()).hexdigest(),
        account.organization_id,
        account.id,
        account.network,
        answer.entity.value,
        request,
        answer.requested_at,
        observed_hour,
        answer.status,
        str(body),
        run_id,
        utc_now(),
    )


def as_json(connection: duckdb.DuckDBPyConnection, body: str) -> Json | None:
    """The body as the lake can read it, or None when it is not JSON.

    It stays as it is, unless half of a surrogate pair is in it, as in a text cut in an emoji (valid by
    RFC 8259, section 8.2, but no Unicode): such halves become U+FFFD.
    """
    if isinstance(body, Json):
        return body
    if _is_valid(connection, body):
        return Json(body)
    try:
        document = json.dumps(json.loads(body), ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
    whole = HALF_CHARACTER.sub("\ufffd", document)
    return Json(whole) if _is_valid(connection, whole) else None


def _is_valid(connection: duckdb.DuckDBPyConnection, body: str) -> bool:
    valid = connection.execute("SELECT json_valid(?)", [body]).fetchone()
    return valid is not None and bool(valid[0])


def registry(session: Session) -> list[RegistryRow]:
    """Every account of the installation, as PostgreSQL has it now; needs a worker session."""
    statement = (
        "SELECT a.id::text AS account_id, a.organization_id::text AS organization_id, "
        "o.name AS organization_name, a.brand_id::text AS brand_id, b.name AS brand_name, b.timezone, "
        "a.network, a.external_id, a.name AS account_name, a.connected_at, a.status "
        "FROM accounts a JOIN organizations o ON o.id = a.organization_id "
        "JOIN brands b ON b.id = a.brand_id ORDER BY a.id"
    )
    return [RegistryRow(**row) for row in session.execute(text(statement)).mappings()]


def land_registry(connection: duckdb.DuckDBPyConnection, rows: Sequence[RegistryRow]) -> bool:
    """Replace ``raw.accounts`` in one transaction; returns False when it is the same already."""
    wanted = sorted(astuple(row) for row in rows)
    return retrying(lambda: _replace_registry(connection, wanted))


def _replace_registry(connection: duckdb.DuckDBPyConnection, wanted: list[tuple[object, ...]]) -> bool:
    present = connection.execute("SELECT * FROM lake.raw.accounts ORDER BY ALL").fetchall()
    if present == wanted:
        return False
    connection.execute("BEGIN")
    try:
        connection.execute("DELETE FROM lake.raw.accounts")
        if wanted:
            connection.executemany(INSERT_ACCOUNT, wanted)
        connection.execute("COMMIT")
    except BaseException:
        rollback(connection)
        raise
    return True
