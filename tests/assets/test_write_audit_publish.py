"""The whole analytics run on real stores and a real sandbox; broken data never reaches people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from foundation.settings import Settings, get_settings
from identity import demo
from tests.assets.runs import run
from tests.sandbox.server import running
from warehouse import lake, releases
from warehouse.releases import BuildStatus

Damage = Callable[[duckdb.DuckDBPyConnection], object]


@pytest.fixture
def product(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A demo of forty days on a sandbox of its own."""
    assert settings.demo
    with running(tmp_path / "sandbox", days=40) as sandbox:
        monkeypatch.setenv("ALLIN_SANDBOX_PORT", str(sandbox.client.base_url.port))
        get_settings.cache_clear()
        demo.seed(get_settings())
        yield get_settings()


@contextmanager
def _broken(damage: Damage, mend: Damage) -> Iterator[None]:
    """The lake with its data broken, mended afterwards."""
    for change in (damage, mend):
        with lake.connect() as connection:
            change(connection)
        if change is damage:
            yield


def _negative(connection: duckdb.DuckDBPyConnection) -> object:
    return connection.execute(
        "UPDATE lake.staging.stg_facebook__posts SET comments = -5 WHERE external_id = "
        "(SELECT min(external_id) FROM lake.staging.stg_facebook__posts)"
    )


def _not_negative(connection: duckdb.DuckDBPyConnection) -> object:
    return connection.execute("UPDATE lake.staging.stg_facebook__posts SET comments = 0 WHERE comments = -5")


def _doubled(connection: duckdb.DuckDBPyConnection) -> object:
    return connection.execute("INSERT INTO lake.raw.accounts SELECT * FROM lake.raw.accounts LIMIT 1")


def _single(connection: duckdb.DuckDBPyConnection) -> object:
    connection.execute("CREATE TEMP TABLE once AS SELECT DISTINCT * FROM lake.raw.accounts")
    connection.execute("DELETE FROM lake.raw.accounts")
    return connection.execute("INSERT INTO lake.raw.accounts SELECT * FROM once")


def _vanished_day(connection: duckdb.DuckDBPyConnection) -> object:
    connection.execute(
        "CREATE TABLE lake.raw.kept AS SELECT * FROM lake.staging.stg_facebook__account_metrics "
        "QUALIFY dense_rank() OVER (ORDER BY end_time) = 10"
    )
    return connection.execute(
        "DELETE FROM lake.staging.stg_facebook__account_metrics "
        "WHERE end_time IN (SELECT end_time FROM lake.raw.kept)"
    )


def _returned_day(connection: duckdb.DuckDBPyConnection) -> object:
    connection.execute("INSERT INTO lake.staging.stg_facebook__account_metrics SELECT * FROM lake.raw.kept")
    return connection.execute("DROP TABLE lake.raw.kept")


BREAKS: list[tuple[Damage, Damage, str]] = [
    (_negative, _not_negative, "not_negative_stg_facebook__posts"),
    (_doubled, _single, "unique_stg_registry__accounts"),
    (_vanished_day, _returned_day, "fct_account_metrics_daily: "),
]


@pytest.mark.timeout(600)
def test_only_a_passed_audit_moves_the_release(product: Settings) -> None:
    assert run("refresh").success
    first = releases.current(product)
    assert first is not None
    last = releases.last_build(product)
    assert last is not None
    assert last.status is BuildStatus.RELEASED

    with lake.connect() as connection:
        # As if hours had passed: what was landed then is no longer parsed again, so the damage stays.
        connection.execute("UPDATE lake.raw.answers SET landed_at = landed_at - INTERVAL 3 HOUR")
    for damage, mend, reason in BREAKS:
        with _broken(damage, mend):
            assert not run("build").success
            assert releases.current(product) == first
            refused = releases.last_build(product)
            assert refused is not None
            assert refused.status is BuildStatus.REFUSED
            assert any(reason in each for each in refused.reasons), refused.reasons

    assert run("build").success
    assert (now := releases.current(product)) is not None
    assert now.id == first.id + 1


@pytest.mark.timeout(600)
def test_a_repeated_ingest_changes_no_number(product: Settings) -> None:
    def numbers() -> list[tuple[object, ...]]:
        release = releases.current(product)
        assert release is not None
        with lake.connect_at(product, release.snapshot_id) as connection:
            return connection.execute(
                "SELECT account_id, date, followers, views FROM fct_account_metrics_daily "
                "WHERE date < current_date - 2 ORDER BY ALL"
            ).fetchall()

    assert run("refresh").success
    before = numbers()
    assert run("refresh").success
    assert numbers() == before
    assert len(before) > 100
