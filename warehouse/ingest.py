"""Collect one entity of one account: pages land in the lake first, then the place to go on is kept.

Progress lives in ``allin.collections``, one row for each window (account, entity, hour). Killed at any
moment, the next run asks again for at most one batch of pages, and landing drops what it already has.

A window goes back behind the last finished one, so it covers every unfinished window before it: at its
end those are closed, too. Until then the oldest that stopped half-way goes on first, as long as it gets on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import duckdb
from sqlalchemy import text
from sqlalchemy.orm import Session

from foundation.database import worker_session
from foundation.settings import get_settings
from foundation.turns import turn
from platforms.contract import Account, Answer, Entity, Network
from platforms.errors import NetworkError, Rejected, TemporarilyRejected
from platforms.limits import on_behalf_of
from warehouse import cadence
from warehouse.cadence import Finished
from warehouse.landing import land

# Finished windows that are read to know what is due: more than two weeks of hours.
REMEMBERED: Final = 400
# What is landed in one commit: a commit costs as much as several pages, and memory is bounded by it.
BATCH_ANSWERS: Final = 50
BATCH_BYTES: Final = 2 * 1024 * 1024
CALLS_AHEAD: Final = 10  # counted in one statement: of many pages, each costs the database a commit
# How long a cursor that only fails is asked again, while the network answers other pages.
CURSOR_KEPT: Final = timedelta(days=1)
# The account is still there, and its organization was not deleted.
PRESENT: Final = (
    "EXISTS (SELECT FROM accounts a JOIN organizations o ON o.id = a.organization_id "
    "WHERE a.id = :account_id AND o.deleted_at IS NULL)"
)


@dataclass(frozen=True)
class CollectionResult:
    """What one call did. Not `finished`: `problem` says why, what was landed stays, call again."""

    pages: int
    answers_landed: int
    problem: NetworkError | None = None

    @property
    def finished(self) -> bool:
        """Whether the window of this hour is complete."""
        return self.problem is None


@dataclass(frozen=True)
class Window:
    """One pass over an entity: from `since` (None: all there is) on, continued at `cursor`.

    `is_first`: no other pass landed anything in this hour.
    """

    observed_hour: datetime
    since: datetime | None
    cursor: str | None = None
    is_first: bool = False


def collect(
    account: Account,
    network: Network,
    entity: Entity,
    *,
    now: datetime,
    run_id: str,
    connection: duckdb.DuckDBPyConnection,
) -> CollectionResult:
    """Bring an entity up to `now` (aware UTC): first what an earlier hour left half done, then this hour.

    Asking again within the hour looks again; answers that did not change insert nothing. Two calls for
    the same account and entity run one after the other.

    An earlier hour that fails again at its first page does not keep this hour from its turn; the problem
    is returned all the same.

    Returns the network's refusal as `problem`; every other error is raised. Either way what has been
    landed stays, and the next call goes on at its cursor.
    """
    hour = now.replace(minute=0, second=0, microsecond=0)

    def run(window: Window) -> CollectionResult:
        return _run(account, network, entity, window, now, run_id, connection)

    def run_present(*, is_first: bool) -> CollectionResult:
        window = begun or _begin(account, entity, hour)
        if window is None:
            return CollectionResult(0, 0, _gone(account))
        return run(replace(window, is_first=window.is_first and is_first))

    with turn(f"collect:{account.id}:{entity}", get_settings()):
        half_done = _unfinished(account, entity, hour)
        begun = half_done.pop() if half_done and half_done[-1].observed_hour == hour else None
        if not half_done:
            if begun is None and not _is_due(account, entity, hour):
                return CollectionResult(0, 0)
            return run_present(is_first=True)
        oldest = half_done[0]
        try:
            earlier = run(oldest)
        except Exception:
            run_present(is_first=False)  # a page that nobody can read holds up no other
            raise
        if earlier.problem is not None and earlier.pages:
            return earlier
        present = run_present(is_first=False)
        if earlier.problem is not None and present.pages and hour - oldest.observed_hour > CURSOR_KEPT:
            _keep_place(account, entity, oldest, None)
        return CollectionResult(
            earlier.pages + present.pages,
            earlier.answers_landed + present.answers_landed,
            present.problem or earlier.problem,
        )


def _run(
    account: Account,
    network: Network,
    entity: Entity,
    window: Window,
    now: datetime,
    run_id: str,
    connection: duckdb.DuckDBPyConnection,
) -> CollectionResult:
    observed_hour = now.replace(minute=0, second=0, microsecond=0)  # of the answers, not of the window
    batch = _Batch(account, entity, window, connection, observed_hour, run_id)
    problem: NetworkError | None = None
    try:
        for answer in _answers(account, network, entity, window, now):
            batch.take(answer)
            if batch.is_full:
                batch.land()
    except NetworkError as error:
        problem = error
    except Exception:
        batch.land()
        raise
    try:
        batch.land()
    except NetworkError as error:
        problem = error
    if problem is None:
        _finish(account, entity, window, now)
    elif isinstance(problem, Rejected) and window.cursor is not None and batch.pages == 0:
        _keep_place(account, entity, window, None)  # the network forgot it: from the start next time
    return batch.result(problem)


@dataclass
class _Batch:
    """Answers on their way into the lake: one commit and one kept place for as many as are at hand.

    Killed before it has landed, the next run asks for its pages again.
    """

    account: Account
    entity: Entity
    window: Window
    connection: duckdb.DuckDBPyConnection
    observed_hour: datetime
    run_id: str
    pages: int = 0
    landed: int = 0
    _known: set[str] | None = field(init=False)  # what this hour has landed, when all of it is this batch's
    _waiting: list[Answer] = field(default_factory=list)
    _bytes: int = 0

    def __post_init__(self) -> None:
        self._known = set() if self.window.is_first else None

    def take(self, answer: Answer) -> None:
        """Add an answer."""
        self._waiting.append(answer)
        self._bytes += len(answer.body)

    @property
    def is_full(self) -> bool:
        """Whether it is time to land."""
        return len(self._waiting) >= BATCH_ANSWERS or self._bytes >= BATCH_BYTES

    def land(self) -> None:
        """Write what waits, then keep the place after it.

        Raises:
            TemporarilyRejected: an answer is not JSON, or the account is gone.
        """
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        if not waiting:
            return
        landed = land(
            self.connection, self.account, waiting, self.observed_hour, self.run_id, known=self._known
        )
        self.landed += landed.new
        self.pages += landed.good
        if landed.good:
            cursor = waiting[landed.good - 1].next_cursor
            if not _keep_place(self.account, self.entity, self.window, cursor, pages=landed.good):
                raise _gone(self.account)
        if landed.good < len(waiting):
            raise TemporarilyRejected("an answer is not JSON", status=200)

    def result(self, problem: NetworkError | None) -> CollectionResult:
        """What came of it so far."""
        return CollectionResult(self.pages, self.landed, problem)


def _answers(
    account: Account, network: Network, entity: Entity, window: Window, now: datetime
) -> Iterator[Answer]:
    """The network's answers, its calls counted for the account."""
    with on_behalf_of(account, network.label, network.capabilities, get_settings(), ahead=CALLS_AHEAD):
        yield from network.collect.collect(account, entity, window.since, now, window.cursor)


def _unfinished(account: Account, entity: Entity, hour: datetime) -> list[Window]:
    """The windows to go on with, oldest first: those before this hour that have a place, and this hour's."""
    statement = (
        "SELECT observed_hour, since, next_cursor FROM collections WHERE account_id = :account_id "
        "AND entity = :entity AND finished_at IS NULL AND (observed_hour = :hour "
        "OR observed_hour < :hour AND next_cursor IS NOT NULL) ORDER BY observed_hour"
    )
    values = {"account_id": account.id, "entity": entity.value, "hour": hour}
    with worker_session() as session:
        return [Window(*row) for row in session.execute(text(statement), values)]


def _begin(account: Account, entity: Entity, hour: datetime) -> Window | None:
    """Open this hour's window, as far back as is due; None: the account is gone."""
    statement = (
        "INSERT INTO collections (account_id, organization_id, entity, observed_hour, since) "
        "SELECT CAST(:account_id AS uuid), CAST(:organization_id AS uuid), :entity, "
        f"CAST(:hour AS timestamptz), CAST(:since AS timestamptz) WHERE {PRESENT} "
        "ON CONFLICT (account_id, entity, observed_hour) DO UPDATE "
        "SET since = :since, next_cursor = NULL, pages = 0, finished_at = NULL RETURNING (xmax = 0)"
    )
    values = {"account_id": account.id, "organization_id": account.organization_id, "entity": entity.value}
    with worker_session() as session:
        since = cadence.since(entity, hour, _finished(session, account, entity))
        opened = session.execute(text(statement), {**values, "hour": hour, "since": since})
        is_new = opened.scalar_one_or_none()  # PostgreSQL's sign of a row that was not there
        return Window(hour, since, is_first=is_new) if is_new is not None else None


def _finished(session: Session, account: Account, entity: Entity) -> list[Finished]:
    """The newest finished windows."""
    statement = (
        "SELECT observed_hour, since FROM collections "  # noqa: S608 - our own number
        "WHERE account_id = :account_id AND entity = :entity AND finished_at IS NOT NULL "
        f"ORDER BY observed_hour DESC LIMIT {REMEMBERED}"
    )
    rows = session.execute(text(statement), {"account_id": account.id, "entity": entity.value})
    return [Finished(*row) for row in rows.tuples()]


def _is_due(account: Account, entity: Entity, hour: datetime) -> bool:
    with worker_session() as session:
        return cadence.is_due(entity, hour, _finished(session, account, entity))


def _keep_place(
    account: Account, entity: Entity, window: Window, cursor: str | None, *, pages: int = 0
) -> bool:
    """Note where to go on; returns whether the account is still to be asked."""
    statement = (
        "UPDATE collections SET next_cursor = :cursor, pages = pages + :pages "  # noqa: S608 - our own words
        f"WHERE account_id = :account_id AND entity = :entity AND observed_hour = :hour AND {PRESENT} "
        "RETURNING account_id"
    )
    values = {**_key(account, entity, window), "cursor": cursor, "pages": pages}
    with worker_session() as session:
        return session.execute(text(statement), values).one_or_none() is not None


def _gone(account: Account) -> NetworkError:
    return TemporarilyRejected(f"{account.name} is no longer asked: its organization was deleted")


def _finish(account: Account, entity: Entity, window: Window, now: datetime) -> None:
    """Close the window and with it the unfinished ones before it, which it covers."""
    statement = (
        "UPDATE collections SET finished_at = :now, next_cursor = NULL "
        "WHERE account_id = :account_id AND entity = :entity AND observed_hour <= :hour "
        "AND finished_at IS NULL"
    )
    with worker_session() as session:
        session.execute(text(statement), {**_key(account, entity, window), "now": now})


def _key(account: Account, entity: Entity, window: Window) -> dict[str, object]:
    return {"account_id": account.id, "entity": entity.value, "hour": window.observed_hour}
