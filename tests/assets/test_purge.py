"""The daily purge, run as Dagster runs it."""

from __future__ import annotations

from datetime import timedelta

from foundation.database import utc_now, worker_session
from foundation.settings import Settings
from identity.models import Organization
from platforms.contract import Entity
from tests.assets.runs import run
from tests.warehouse.conftest import new_account
from tests.warehouse.fake_network import FakeCollector, network
from warehouse import lake
from warehouse.ingest import collect


def test_what_was_deleted_a_month_ago_is_removed_from_both_stores(settings: Settings) -> None:
    gone, kept = new_account("Gone"), new_account("Kept")
    with lake.connect(settings) as connection:
        lake.ensure(connection)
        for account in (gone, kept):
            pages = network(FakeCollector([{"data": []}]))
            collect(account, pages, Entity.POSTS, now=utc_now(), run_id="run", connection=connection)
    for account, days in ((gone, 31), (kept, 29)):
        with worker_session() as session:
            row = session.get_one(Organization, account.organization_id)
            row.deleted_at = utc_now() - timedelta(days=days)
    for _ in range(2):  # once more changes nothing
        assert run("purge").success
        with lake.connect(settings) as connection:
            found = connection.execute("SELECT organization_id FROM lake.raw.answers").fetchall()
        assert found == [(kept.organization_id,)]
        with worker_session() as session:
            assert [str(row.id) for row in session.query(Organization)] == [kept.organization_id]
