"""Fixtures over the real stores: one embedded PostgreSQL for the run, a fresh database for each test."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from foundation import postgres
from foundation.migrate import migrate
from foundation.settings import REPOSITORY, Settings, get_settings

DATA = REPOSITORY.parent / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of whole installations first: they take longest, and mostly wait."""
    items.sort(key=lambda item: item.get_closest_marker("system") is None)


def with_database(server_url: str, name: str) -> str:
    """The server's URL, for another database of it."""
    return server_url.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """An embedded server with one migrated database, `template_allin`, to copy.

    Not in pytest's own folder: another run as root would close that to the server's user.
    """
    with tempfile.TemporaryDirectory(prefix="allin-tests-", ignore_cleanup_errors=True) as folder:
        settings = Settings(home=Path(folder), database_url="")
        url = postgres.start(settings)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE template_allin")
        migrate(with_database(url, "template_allin"))
        yield url
        postgres.stop(settings)


@pytest.fixture
def database_url(server_url: str) -> Iterator[str]:
    """A fresh, migrated database."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template_allin".encode())
    yield with_database(server_url, name)
    with psycopg.connect(make_conninfo(server_url), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of an installation of its own; `get_settings()` returns the same ones."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("ALLIN_HOME", str(tmp_path / "home"))
    get_settings.cache_clear()
    yield get_settings()
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real posts and series; tests that need it skip where it is absent."""
    if not DATA.is_dir():
        pytest.skip("../shared/data is not here")
    return DATA
