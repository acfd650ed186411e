"""Fixtures over the real stores: one embedded PostgreSQL for the run, an empty database for each test."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from foundation import postgres
from foundation.settings import REPOSITORY, Settings, get_settings
from tests import databases

DATA = REPOSITORY.parent / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of whole installations first: they take longest, and mostly wait."""
    items.sort(key=lambda item: item.get_closest_marker("system") is None)


@pytest.fixture(autouse=True, scope="module")
def _signals_as_they_were() -> Iterator[None]:
    """Dagster gives SIGTERM the handler of SIGINT.

    Where the run was begun in the background SIGINT is ignored, and every later child would inherit that.
    """
    before = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
    yield
    for name, handler in before.items():
        signal.signal(name, handler)


@pytest.fixture(autouse=True, scope="session")
def _extensions_are_trusted() -> Iterator[None]:
    """At each connection DuckDB checks the signatures of 80 MB of extensions, which takes 0.2 s.

    The processes that tests start still check them.
    """
    connect = duckdb.connect

    def trusting(*arguments: Any, **more: Any) -> duckdb.DuckDBPyConnection:
        if "autoload_known_extensions" in more.get("config", {}):
            more["config"] = {**more["config"], "allow_unsigned_extensions": True}
        return connect(*arguments, **more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(duckdb, "connect", trusting)
        yield


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """An embedded server with one migrated database to copy.

    Not in pytest's own folder: another run as root would close that to the server's user.
    """
    with tempfile.TemporaryDirectory(prefix="allin-tests-", ignore_cleanup_errors=True) as folder:
        settings = Settings(home=Path(folder), database_url="")
        url = postgres.start(settings)
        databases.never_wait_for_the_disk(url)
        databases.prepare(url)
        yield url
        postgres.stop(settings)


@pytest.fixture(scope="session")
def shared_database(server_url: str) -> str:
    """The database that tests have one after the other."""
    return databases.copy(server_url)


@pytest.fixture
def database_url(shared_database: str) -> Iterator[str]:
    """An empty, migrated database."""
    yield shared_database
    databases.empty(shared_database)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of the test's installation."""
    return tmp_path / "home"


@pytest.fixture
def settings(database_url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of an installation of its own; `get_settings()` returns the same ones."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("ALLIN_HOME", str(home))
    get_settings.cache_clear()
    yield get_settings()
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real posts and series; tests that need it skip where it is absent."""
    if not DATA.is_dir():
        pytest.skip("../shared/data is not here")
    return DATA
