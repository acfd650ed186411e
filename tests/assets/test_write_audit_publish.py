"""The whole analytics run on real stores and a real sandbox; broken data never reaches people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb
import pytest

from foundation.settings import Settings, get_settings
from identity import demo
from tests import databases
from tests.assets.runs import run
from tests.sandbox.server import running
from warehouse import lake, releases
from warehouse.gates import quarantine
from warehouse.releases import BuildStatus

Damage = Callable[[duckdb.DuckDBPyConnection], object]


@pytest.fixture(scope="module")
def product(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A demo of forty days on a sandbox of its own, with its first release."""
    folder = tmp_path_factory.mktemp("product")
    with running(folder / "sandbox", days=40) as sandbox, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", databases.copy(server_url))
        patch.setenv("ALLIN_HOME", str(folder / "home"))
        patch.setenv("ALLIN_SANDBOX_PORT", str(sandbox.client.base_url.port))
        get_settings.cache_clear()
        demo.seed(get_settings())
        assert run("refresh").success
        yield get_settings()
    get_settings.cache_clear()


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


def _both_broken(connection: duckdb.DuckDBPyConnection) -> None:
    _negative(connection)
    _doubled(connection)


def _both_mended(connection: duckdb.DuckDBPyConnection) -> None:
    _not_negative(connection)
    _single(connection)


def _poison(connection: duckdb.DuckDBPyConnection) -> str:
    """An answer of the next hour whose newest post has no date: sound for the contract, not for the models.

    Returns the account it is about.
    """
    row = connection.execute(
        "SELECT answer_id, account_id FROM lake.raw.answers WHERE network = 'facebook' AND entity = 'posts' "
        "AND json_array_length(body, '$.data') > 20 ORDER BY landed_at DESC LIMIT 1"
    ).fetchone()
    assert row is not None
    connection.execute(
        "INSERT INTO lake.raw.answers "
        "SELECT 'poison', organization_id, account_id, network, entity, request, "
        "requested_at + INTERVAL 1 HOUR, observed_hour + INTERVAL 1 HOUR, status, "
        "regexp_replace(body::VARCHAR, '\"created_time\"', '\"created_then\"')::JSON, 'next run', now() "
        "FROM lake.raw.answers WHERE answer_id = ?",
        [row[0]],
    )
    return str(row[1])


BREAKS: list[tuple[Damage, Damage, tuple[str, ...]]] = [
    (_both_broken, _both_mended, ("not_negative_stg_facebook__posts", "unique_stg_registry__accounts")),
    (_vanished_day, _returned_day, ("fct_account_metrics_daily: ",)),
]


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

    before = numbers()
    assert run("refresh").success
    assert numbers() == before
    assert len(before) > 100


@pytest.mark.timeout(600)
def test_only_a_passed_audit_moves_the_release(product: Settings) -> None:
    first = releases.current(product)
    assert first is not None
    last = releases.last_build(product)
    assert last is not None
    assert last.status is BuildStatus.RELEASED

    with lake.connect() as connection:
        # As if hours had passed: what was landed then is no longer parsed again, so the damage stays.
        connection.execute("UPDATE lake.raw.answers SET landed_at = landed_at - INTERVAL 3 HOUR")
    for damage, mend, reasons in BREAKS:
        with _broken(damage, mend):
            assert not run("build").success
            assert releases.current(product) == first
            refused = releases.last_build(product)
            assert refused is not None
            assert refused.status is BuildStatus.REFUSED
            for reason in reasons:
                assert any(reason in each for each in refused.reasons), refused.reasons

    # One account's figures that the models refuse keep nobody's numbers back but that account's own.
    with lake.connect() as connection:
        account = _poison(connection)
    assert run("build").success
    assert (now := releases.current(product)) is not None
    assert now.id == first.id + 1
    with lake.connect() as connection:
        aside = connection.execute(
            "SELECT answer_id, account_id, check_name FROM lake.raw.quarantine"
        ).fetchall()
        assert aside == [("poison", account, "numbers_fit")]
    [waits] = quarantine.all_listed(product)
    assert (str(waits.account_id), waits.verdict) == (account, None)
