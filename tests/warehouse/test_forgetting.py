"""What becomes of collecting, and of the lake, when an organization is deleted and later removed for good."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

import duckdb
import pytest
from sqlalchemy import text

from assets import ingest
from foundation.database import worker_session
from foundation.settings import Settings
from identity import installation
from identity.audit import OPERATOR
from platforms import accounts
from platforms.contract import Account, Answer, Entity
from tests.warehouse.conftest import NOW, new_account
from tests.warehouse.fake_network import FakeCollector, network
from warehouse import ingest as one_account
from warehouse import lake
from warehouse.forgetting import forget_gone
from warehouse.ingest import CollectionResult, collect
from warehouse.landing import land_registry, registry

PAGES = [{"data": [{"id": f"post-{page}"}]} for page in range(4)]


def delete(account: Account) -> None:
    installation.delete(OPERATOR, UUID(account.organization_id))


def remove(account: Account) -> None:
    delete(account)
    assert installation.purge(older_than=timedelta(0)) == [UUID(account.organization_id)]


class Interrupted(FakeCollector):
    """Something happens while the third page is on its way."""

    def __init__(self, happens: Callable[[], None]) -> None:
        super().__init__(PAGES)
        self.happens = happens

    def collect(
        self, account: Account, entity: Entity, since: datetime | None, until: datetime, cursor: str | None
    ) -> Iterator[Answer]:
        for number, answer in enumerate(super().collect(account, entity, since, until, cursor)):
            if number == 2:
                self.happens()
            yield answer


def run(
    connection: duckdb.DuckDBPyConnection, account: Account, collector: FakeCollector
) -> CollectionResult:
    return collect(account, network(collector), Entity.POSTS, now=NOW, run_id="run", connection=connection)


def in_lake(connection: duckdb.DuckDBPyConnection, table: str = "answers") -> set[str]:
    rows = connection.execute(f"SELECT DISTINCT organization_id FROM lake.raw.{table}").fetchall()
    return {str(row[0]) for row in rows}


@pytest.mark.parametrize("end", [delete, remove])
def test_of_a_deleted_organization_no_network_is_asked(
    connection: duckdb.DuckDBPyConnection, account: Account, end: Callable[[Account], None]
) -> None:
    end(account)
    collector = FakeCollector(PAGES)
    result = run(connection, account, collector)
    assert (result.pages, collector.asked) == (0, [])
    assert "organization was deleted" in str(result.problem)


@pytest.fixture
def page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch is a page."""
    monkeypatch.setattr(one_account, "BATCH_ANSWERS", 1)


@pytest.mark.usefixtures("page_by_page")
@pytest.mark.parametrize("end", [delete, remove])
def test_collecting_stops_at_the_page_during_which_it_was_deleted(
    connection: duckdb.DuckDBPyConnection, account: Account, end: Callable[[Account], None]
) -> None:
    collector = Interrupted(lambda: end(account))
    result = run(connection, account, collector)
    assert collector.served == [0, 1, 2]
    assert not result.finished


@pytest.mark.usefixtures("page_by_page")
def test_restored_it_is_collected_where_it_stopped(
    connection: duckdb.DuckDBPyConnection, account: Account
) -> None:
    run(connection, account, Interrupted(lambda: delete(account)))
    installation.restore(OPERATOR, UUID(account.organization_id))
    collector = FakeCollector(PAGES)
    assert run(connection, account, collector).finished
    assert collector.served == [2, 3]


def test_its_accounts_are_not_used(settings: Settings, account: Account) -> None:
    other, account_id = new_account("Other"), UUID(account.id)
    with worker_session() as session:
        assert len(accounts.connected(session)) == len(accounts.never_collected(session)) == 2
    delete(account)
    with worker_session() as session:
        assert [str(row.id) for row in accounts.connected(session)] == [other.id]
        assert accounts.never_collected(session) == [UUID(other.id)]
    with pytest.raises(LookupError):
        accounts.usable(account_id, settings)
    remove_now = installation.purge(older_than=timedelta(0))
    with worker_session() as session:
        accounts.mark_synced(session, account_id, NOW)  # by an ingest that began before
    assert remove_now == [UUID(account.organization_id)]


def test_removed_during_an_ingest_the_other_accounts_are_collected(
    settings: Settings, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = new_account("Other")
    removed: list[str] = []

    class Removing(FakeCollector):
        """The first page of the one account is the last moment of its organization."""

        def collect(self, account_: Account, *rest: object) -> Iterator[Answer]:
            if account_.id == account.id and not removed:
                removed.append(account_.id)
                remove(account_)
            return super().collect(account_, *rest)  # type: ignore[arg-type]

    collector = Removing(PAGES, entities=(Entity.POSTS, Entity.ACCOUNT))
    monkeypatch.setattr(ingest, "network", lambda _: network(collector))
    monkeypatch.setattr(accounts, "usable", lambda id_: account if str(id_) == account.id else other)
    results = {each.account: each for each in ingest.collect_network("facebook", "run", logging.getLogger())}
    assert results["Other"].problem is None
    assert "organization was deleted" in str(results["Café Nord"].problem)
    assert not results["Café Nord"].unforeseen
    with lake.connect(settings) as connection:
        assert other.organization_id in in_lake(connection)
        forget_gone(connection, settings)
        assert in_lake(connection) == {other.organization_id}


def test_the_lake_forgets_who_is_gone_and_nobody_else(
    connection: duckdb.DuckDBPyConnection, account: Account, settings: Settings
) -> None:
    kept, deleted = new_account("Kept"), new_account("Deleted")
    for each in (account, kept, deleted):
        run(connection, each, FakeCollector(PAGES))
    lake.flush(connection)
    with worker_session() as session:
        land_registry(connection, registry(session))
    assert forget_gone(connection, settings) == 0
    delete(deleted)
    remove_first = UUID(account.organization_id)
    with worker_session() as session:
        session.execute(text("DELETE FROM organizations WHERE id = :id"), {"id": remove_first})
    assert forget_gone(connection, settings) == len(PAGES) + 1
    left = {kept.organization_id, deleted.organization_id}  # what can be restored is kept
    assert in_lake(connection) == in_lake(connection, "accounts") == left
    assert forget_gone(connection, settings) == 0
