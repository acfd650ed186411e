"""The daily purge, run as Dagster runs it."""

from __future__ import annotations

import os
from datetime import timedelta
from uuid import UUID

from foundation.database import utc_now, worker_session
from foundation.settings import Settings
from identity.models import Organization
from platforms import media
from platforms.contract import Entity
from publishing.telling.models import Happening
from tests import lakes
from tests.assets.runs import run
from tests.platforms.test_media import picture
from tests.warehouse.conftest import new_account
from tests.warehouse.fake_network import FakeCollector, network
from warehouse import lake
from warehouse.ingest import collect


def test_what_was_deleted_a_month_ago_is_removed_from_both_stores(settings: Settings) -> None:
    gone, kept = new_account("Gone"), new_account("Kept")
    with lakes.fresh(settings) as connection:
        for account in (gone, kept):
            pages = network(FakeCollector([{"data": []}]))
            collect(account, pages, Entity.POSTS, now=utc_now(), run_id="run", connection=connection)
    for account in (gone, kept):
        media.keep(picture(), UUID(account.organization_id), settings)
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
        assert [folder.name for folder in (settings.home / "media").iterdir()] == [kept.organization_id]


def test_what_was_told_long_ago_and_what_was_left_half_written_goes_with_it(settings: Settings) -> None:
    account = new_account("Kept")
    organization = UUID(account.organization_id)
    draft = media.keep(picture(), organization, settings).path.with_name(f"{media.DRAFT}1")
    draft.write_bytes(b"half")
    os.utime(draft, times=(0, 0))
    with worker_session() as session:
        for days in (100, 80):
            told_at = utc_now() - timedelta(days=days)
            session.add(Happening(organization_id=organization, kind="post.failed", told_at=told_at))
    assert run("purge").success
    with worker_session() as session:
        assert session.query(Happening).count() == 1
    assert not draft.exists()
