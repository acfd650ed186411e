"""One account's bad day is that account's alone: the others of its network land, and the asset succeeds."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import dagster as dg
import duckdb
import pytest
from sqlalchemy import text

from assets import ingest
from foundation.database import utc_now, worker_session
from foundation.settings import Settings, get_settings
from identity import demo
from platforms import accounts
from tests.sandbox.server import Running, running
from tests.warehouse.fake_network import FakeCollector, network
from warehouse import lake

UNREADABLE_CURSOR = '{"token": "of a version long gone"}'
FACEBOOK = dg.AssetKey(["raw", "facebook"])


@pytest.fixture
def sandbox(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A sandbox whose brands are connected."""
    assert settings.demo
    with running(tmp_path / "sandbox", days=10) as sandbox:
        monkeypatch.setenv("ALLIN_SANDBOX_PORT", str(sandbox.client.base_url.port))
        get_settings.cache_clear()
        demo.seed(get_settings())
        yield sandbox


@pytest.fixture
def pages(sandbox: Running) -> list[UUID]:
    """Three connected Facebook pages."""
    assert sandbox
    with worker_session() as session:
        rows = accounts.connected(session, network="facebook")
        for row in rows[3:]:
            row.status = accounts.DISCONNECTED
    return [row.id for row in rows[:3]]


def materialize() -> tuple[dg.ExecuteInProcessResult, dg.AssetCheckEvaluation | None]:
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [ingest.network_asset("facebook")], instance=instance, raise_on_error=False, selection=[FACEBOOK]
        )
    return result, next(iter(result.get_asset_check_evaluations()), None)


def problems(check: dg.AssetCheckEvaluation | None) -> list[str]:
    assert check is not None
    assert check.severity is dg.AssetCheckSeverity.WARN
    found = check.metadata["problems"].value
    assert isinstance(found, list)
    assert check.passed is (not found)
    return [str(each) for each in found]


def landed() -> set[UUID]:
    """The accounts with posts in the lake."""
    with lake.connect() as connection:
        rows = connection.execute("SELECT account_id FROM lake.raw.answers WHERE entity = 'posts'").fetchall()
    return {UUID(str(row[0])) for row in rows}


def never_synced() -> set[UUID]:
    with worker_session() as session:
        return {row.id for row in accounts.connected(session, network="facebook") if not row.last_synced_at}


def name(account_id: UUID) -> str:
    with worker_session() as session:
        return session.get_one(accounts.ConnectedAccount, account_id).name


def poison(account_id: UUID) -> None:
    """Leave a place in this account's posts that the connector chokes on."""
    statement = (
        "INSERT INTO collections (account_id, organization_id, entity, observed_hour, next_cursor) "
        "SELECT id, organization_id, 'posts', :hour, :cursor FROM accounts WHERE id = :id"
    )
    hour = utc_now().replace(minute=0, second=0, microsecond=0)
    with worker_session() as session:
        session.execute(text(statement), {"id": account_id, "hour": hour, "cursor": UNREADABLE_CURSOR})


def test_one_poisoned_account_fails_alone(pages: list[UUID]) -> None:
    poison(pages[1])
    result, check = materialize()
    assert result.success
    assert problems(check) == [f"{name(pages[1])}: posts: KeyError"]
    assert landed() >= {pages[0], pages[2]}
    assert never_synced() == {pages[1]}
    with lake.connect() as connection:  # what else there is of the poisoned account came, too
        entities = connection.execute(
            "SELECT DISTINCT entity FROM lake.raw.answers WHERE account_id = ?", [str(pages[1])]
        ).fetchall()
    assert {"account", "account_metrics"} <= {row[0] for row in entities}


def test_a_key_missing_from_the_ring_stops_one_account(pages: list[UUID]) -> None:
    with worker_session() as session:
        session.get_one(accounts.ConnectedAccount, pages[0]).access_token = "gone.c2VhbGVk"
    result, check = materialize()
    assert result.success
    assert problems(check) == [f"{name(pages[0])}: no key 'gone' in the key ring"]
    assert landed() == set(pages[1:])
    assert never_synced() == {pages[0]}


def test_when_every_account_is_poisoned_the_asset_fails(pages: list[UUID]) -> None:
    for each in pages:
        poison(each)
    result, _ = materialize()
    assert not result.success


@pytest.mark.parametrize("everybodys", [duckdb.IOException("the disk is full"), lake.LakeError("no catalog")])
def test_what_concerns_everybody_is_not_one_accounts_problem(
    pages: list[UUID], monkeypatch: pytest.MonkeyPatch, everybodys: Exception
) -> None:
    collector = FakeCollector([{"data": []}], fail_at=0, failure=everybodys)  # met by the first account only
    monkeypatch.setattr(ingest, "network", lambda _: network(collector))
    with pytest.raises(type(everybodys)):
        ingest.collect_network("facebook", "run", logging.getLogger("test"))
    assert pages


def test_the_trace_is_logged_and_the_problem_names_the_class_only(
    pages: list[UUID], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    collector = FakeCollector([{"data": []}], fail_at=0, failure=ValueError("access_token=EAAB1234567890abc"))
    monkeypatch.setattr(ingest, "network", lambda _: network(collector))
    with caplog.at_level(logging.INFO):
        results = ingest.collect_network("facebook", "run", logging.getLogger("test"))
    assert len(results) == len(pages)
    assert {result.problem for result in results} == {None, "account: ValueError"}
    assert "Traceback" in caplog.text
    assert "EAAB1234567890abc" not in caplog.text
