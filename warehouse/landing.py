"""Raw answers and the account registry, written to the lake as they came."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Final

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
# Of one process's commits to the lake one gets through at a time, the others would be turned back: what the
# others brought meanwhile goes with the next one, for a commit costs as much as many pages.
_ONE_COMMIT: Final = threading.Lock()
Row = tuple[Any, ...]  # as COLUMNS
UNKNOWN: Final = -1
HALF_CHARACTER: Final = re.compile("[\ud800-\udfff]")


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


@dataclass(frozen=True)
class Landed:
    """What came of landing: how many answers were `new`, and how many are `good`.

    Those are all, or the ones before a success (200) that is not JSON; that one is kept for the record,
    and what follows it is not landed.
    """

    new: int
    good: int


def land(
    connection: duckdb.DuckDBPyConnection,
    account: Account,
    answers: Sequence[Answer],
    observed_hour: datetime,
    run_id: str,
    *,
    known: set[str] | None = None,
) -> Landed:
    """Write answers to ``raw.answers`` in one transaction.

    `observed_hour` is the start of the hour they were asked in (aware UTC): the same answer landed
    again in its hour inserts nothing. One writer per account at a time. `known` are the ids of all that was
    landed of the account's entity in this hour, where the caller knows them; the new ones are added. Without
    it the lake is asked.

    Raises:
        duckdb.TransactionException: conflicts with other writers to the last attempt; nothing was kept.
    """
    bodies = _readable(connection, [answer.body for answer in answers])
    rows: dict[str, Row] = {}
    good = 0
    for answer, body in zip(answers, bodies, strict=True):
        row = _row(account, answer, json.dumps(answer.body) if body is None else body, observed_hour, run_id)
        rows[row[0]] = row
        if body is None and answer.status == 200:
            break
        good += 1
    landing = _Landing(list(rows.values()), known)
    landed = Landed(_together(connection, landing) if rows else 0, good)
    if known is not None:
        known.update(rows)
    return landed


@dataclass
class _Landing:
    """Rows on their way into the lake; `landed` says how many were new, once they are there."""

    rows: list[Row]
    known: set[str] | None
    landed: int = UNKNOWN


_waiting: Final[deque[_Landing]] = deque()


def _together(connection: duckdb.DuckDBPyConnection, landing: _Landing) -> int:
    """Land it in one commit with all that other threads brought meanwhile; returns how many were new."""
    _waiting.append(landing)
    with _ONE_COMMIT:
        if landing.landed == UNKNOWN:
            group = [_waiting.popleft() for _ in range(len(_waiting))]
            _land_group(connection, landing, group)
    return landing.landed


def _land_group(connection: duckdb.DuckDBPyConnection, own: _Landing, group: list[_Landing]) -> None:
    try:
        retrying(lambda: _insert_new(connection, group))
    except Exception:
        if len(group) == 1:
            raise
        _waiting.extend(one for one in group if one is not own)
        retrying(lambda: _insert_new(connection, [own]))  # no other's rows keep it from landing


def _insert_new(connection: duckdb.DuckDBPyConnection, group: Sequence[_Landing]) -> None:
    connection.execute("BEGIN")
    try:
        new: list[list[Row]] = []
        for landing in group:
            known = _known(connection, landing.rows) if landing.known is None else landing.known
            new.append([row for row in landing.rows if row[0] not in known])
        if rows := list(chain(*new)):
            connection.register(
                "landing_answers", pl.DataFrame(rows, schema=COLUMNS, orient="row").to_arrow()
            )
            connection.execute(INSERT_ANSWERS)
            connection.unregister("landing_answers")
        connection.execute("COMMIT")
    except BaseException:
        rollback(connection)
        raise
    for landing, rows in zip(group, new, strict=True):
        landing.landed = len(rows)


def _known(connection: duckdb.DuckDBPyConnection, rows: Sequence[Row]) -> set[str]:
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


def _row(account: Account, answer: Answer, body: str, observed_hour: datetime, run_id: str) -> Row:
    request = json.dumps(answer.request, sort_keys=True, default=str)
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
        body,
        run_id,
        utc_now(),
    )


def _readable(connection: duckdb.DuckDBPyConnection, bodies: list[str]) -> list[str | None]:
    """The bodies as the lake can read them, None for each that is not JSON.

    A body stays as it is, unless half of a surrogate pair is in it, as in a text cut in an emoji (valid by
    RFC 8259, section 8.2, but no Unicode): such halves become U+FFFD.
    """
    valid = _are_valid(connection, bodies)
    return [body if fine else _mended(connection, body) for body, fine in zip(bodies, valid, strict=True)]


def _mended(connection: duckdb.DuckDBPyConnection, body: str) -> str | None:
    try:
        document = json.dumps(json.loads(body), ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
    whole = HALF_CHARACTER.sub("\ufffd", document)
    return whole if all(_are_valid(connection, [whole])) else None


def _are_valid(connection: duckdb.DuckDBPyConnection, bodies: list[str]) -> list[bool]:
    query = "SELECT json_valid(body) FROM (SELECT unnest(CAST(? AS VARCHAR[])) AS body)"
    return [bool(row[0]) for row in connection.execute(query, [bodies]).fetchall()]


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
