"""An organization's own file of a release: all its rows, and nobody else's."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import duckdb
import pytest

from foundation.database import Tenant
from foundation.settings import REPOSITORY
from tests.warehouse import marts_fixture as marts
from tests.warehouse.analysts.conftest import Marts
from warehouse.analysts import copy
from warehouse.analysts.copy import CopyError, prepared


def seen(path: Path, statement: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(statement).fetchall()


def test_a_copy_holds_every_mart_with_its_own_rows_alone(world: Marts) -> None:
    path = prepared(Tenant(world.me), world.release)
    tables = [name for (name,) in seen(path, "SELECT table_name FROM duckdb_tables() ORDER BY 1")]
    assert tables == sorted([*marts.TABLES, "dim_organizations", "release"])
    for table in set(tables) - {"release"}:
        owners = seen(path, f"SELECT DISTINCT organization_id FROM {table}")
        assert owners in ([(str(world.me),)], []), table
    assert seen(path, "SELECT account_id FROM dim_accounts ORDER BY 1") == [("a",), ("b",)]
    of = world.release
    assert seen(path, "SELECT release_id, released_at FROM release") == [(of.id, of.released_at)]
    assert path.stat().st_mode & 0o077 == 0
    described = (
        "SELECT comment FROM duckdb_columns() WHERE table_name = 'dim_accounts' AND column_name = 'timezone'"
    )
    assert "IANA" in str(seen(path, described))


def test_who_is_limited_has_a_copy_of_their_own(world: Marts) -> None:
    limits: list[tuple[Tenant, list[str]]] = [
        (Tenant(world.me, frozenset({world.north})), ["a"]),
        (Tenant(world.me, frozenset()), []),
        (Tenant(world.me, None, frozenset({UUID(int=99)})), []),
        (Tenant(world.other, frozenset({world.south})), []),
    ]
    paths = {prepared(Tenant(world.me), world.release)}
    for tenant, accounts in limits:
        path = prepared(tenant, world.release)
        for table in marts.TABLES:
            rows = seen(path, f"SELECT DISTINCT account_id FROM {table} ORDER BY 1")
            assert [account for (account,) in rows] in (accounts, []), table
        assert seen(path, "SELECT account_id FROM engagement ORDER BY 1") == [(one,) for one in accounts]
        assert seen(path, "FROM dim_organizations") == []  # of the whole organization, not of a brand
        paths.add(path)
    assert len(paths) == len(limits) + 1


def test_an_earlier_release_is_copied_as_it_was_and_copies_are_bounded(
    world: Marts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy, "MOST", 2)
    tenant = Tenant(world.other)
    marts.add_day(world.connection, "z", str(world.other), date(2026, 10, 2), followers=101)
    second, third = world.another("run-2"), world.another("run-3")
    count = "SELECT count(*) FROM fct_account_metrics_daily"
    assert seen(prepared(tenant, second), count) == [(2,)]
    first = prepared(tenant, world.release)
    assert seen(first, count) == [(1,)]
    draft = first.parent / f"{copy.DRAFT}of-somebody.duckdb"
    draft.touch()
    prepared(tenant, third)
    left = sorted(path for path in first.parent.iterdir() if path.name != ".lock")
    assert left == sorted([draft, first, prepared(tenant, third)])  # the one used longest ago went


def test_a_release_that_is_given_up_says_so_and_leaves_nothing(world: Marts) -> None:
    tenant = Tenant(uuid4())
    gone = replace(world.release, expired_at=world.release.released_at)
    with pytest.raises(CopyError, match="no longer kept"):
        prepared(tenant, gone)
    assert [path.name for path in copy.folder_of(tenant.organization_id, world.settings).iterdir()] == [
        ".lock"
    ]


def test_two_who_ask_at_once_get_one_whole_file(world: Marts) -> None:
    paths: list[Path] = []
    tenant = Tenant(world.me, frozenset({world.south}))
    ask = [threading.Thread(target=lambda: paths.append(prepared(tenant, world.release))) for _ in range(3)]
    for thread in ask:
        thread.start()
    for thread in ask:
        thread.join()
    assert len(paths) == 3
    assert len(set(paths)) == 1
    assert seen(paths[0], "SELECT count(*) FROM dim_accounts") == [(1,)]


KILLED = """
import os, signal, sys
from uuid import UUID
from foundation.database import Tenant
from warehouse import releases
from warehouse.analysts import copy
copy.described = lambda *given: os.kill(os.getpid(), signal.SIGKILL)
copy.prepared(Tenant(UUID(sys.argv[1])), releases.get(1))
"""


def test_a_copy_that_was_killed_half_way_is_made_anew_and_goes_with_its_organization(world: Marts) -> None:
    organization = uuid4()
    child = subprocess.run([sys.executable, "-c", KILLED, str(organization)], cwd=REPOSITORY, check=False)
    assert child.returncode == -9
    (draft,) = copy.folder_of(organization, world.settings).glob(f"{copy.DRAFT}*.duckdb")
    path = prepared(Tenant(organization), world.release)
    assert seen(path, "SELECT count(*) FROM release") == [(1,)]
    assert draft.exists()  # until nobody can be writing it any more
    here = prepared(Tenant(world.me), world.release)
    assert copy.forget_gone() >= 1
    assert (here.exists(), path.exists(), draft.exists()) == (True, False, False)
    assert copy.forget_gone() == 0
