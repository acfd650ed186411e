"""One lake with released marts for all tests of a module: making one takes longer than looking at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import duckdb
import pytest

from foundation.settings import Settings, get_settings
from tests import databases, lakes
from tests.identity.people import add_brand, add_person
from tests.warehouse import marts_fixture as marts
from warehouse.releases import Release

DAY = date(2026, 10, 1)


@dataclass(frozen=True)
class Marts:
    """Two accounts of two brands of mine, one of another organization, and their releases."""

    settings: Settings
    connection: duckdb.DuckDBPyConnection
    me: UUID
    other: UUID
    north: UUID
    south: UUID
    release: Release

    def another(self, run_id: str) -> Release:
        """One more release, of what the marts hold by now."""
        return marts.released(self.connection, run_id)


@pytest.fixture(scope="module")
def world(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marts]:
    """The marts in a database and a lake of their own; `get_settings()` returns theirs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", databases.copy(server_url))
        patch.setenv("ALLIN_HOME", str(tmp_path_factory.mktemp("world") / "home"))
        get_settings.cache_clear()
        with lakes.fresh(get_settings()) as connection:
            yield _made(connection)
    get_settings.cache_clear()


def _made(connection: duckdb.DuckDBPyConnection) -> Marts:
    _, me = add_person("owner@example.com")
    _, other = add_person("eve@example.com", organization="Other")
    north, south = add_brand(me, "North"), add_brand(me, "South")
    with marts.together(connection):
        marts.create(connection)
        for account, organization, brand in (("a", me, north), ("b", me, south), ("z", other, UUID(int=9))):
            marts.add_account(connection, account, str(organization), brand_id=str(brand))
            marts.add_post(connection, account, str(organization), DAY, views=7)
            marts.add_day(connection, account, str(organization), DAY, followers=100)
        connection.execute("CREATE TABLE lake.marts.loose (words VARCHAR)")  # nobody's
        connection.execute(
            "CREATE TABLE lake.marts.dim_organizations (organization_id VARCHAR, accounts INTEGER)"
        )
        connection.execute(
            "INSERT INTO lake.marts.dim_organizations VALUES (?, 2), (?, 1)", [str(me), str(other)]
        )
    return Marts(get_settings(), connection, me, other, north, south, marts.released(connection))
