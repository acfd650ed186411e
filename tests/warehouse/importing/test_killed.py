"""Killed with -9, an import is there wholly or not at all, and the same file again brings it in."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import Any

import duckdb
import pytest
from sqlalchemy import text

from foundation.database import worker_session
from foundation.settings import REPOSITORY
from tests.warehouse.importing.conftest import Desk, posts
from warehouse.importing import landing
from warehouse.importing.records import State
from warehouse.importing.taking import undo

# Imports a file, and dies right before or after a step.
DYING = """
import os, signal, sys
from pathlib import Path
from uuid import UUID
from foundation.database import Tenant
from warehouse.importing import landing, taking
from warehouse.importing.columns import Kind
from warehouse.importing.examining import Wanted, examine

organization, brand, file, module, name, when = sys.argv[1:]
module = {"taking": taking, "landing": landing}[module]
step = getattr(module, name)

def dying(*arguments):
    if when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    step(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(module, name, dying)
wanted = Wanted(Tenant(UUID(organization)), UUID(brand), Kind.POSTS, Path(file), "posts.csv")
taking.take(examine(wanted), taking.By("operator"), create=True)
"""


@pytest.mark.parametrize(
    ("step", "when", "there"),
    [
        (("landing", "land"), "before", False),
        (("landing", "land"), "after", True),
    ],
)
def test_killed_it_is_there_wholly_or_not_at_all(
    desk: Desk, imported: duckdb.DuckDBPyConnection, step: tuple[str, str], when: str, there: bool
) -> None:
    content = posts(*range(1200), account="Old Page")
    file = desk.file(content)
    arguments = (str(desk.tenant.organization_id), str(desk.brand_id), str(file), *step, when)
    died = subprocess.run([sys.executable, "-c", DYING, *arguments], cwd=REPOSITORY, check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL

    def count() -> int:
        row = imported.execute("SELECT count(*) FROM readable()").fetchone()
        assert row is not None
        return int(row[0])

    assert count() == (1200 if there else 0)
    assert [row.state for row in desk.listed()] == [State.LANDING]
    assert desk.bring(content, create=True).again is False
    assert (count(), [row.state for row in desk.listed()]) == (1200, [State.LANDED])
    undo(desk.tenant, desk.listed()[0].id)
    assert count() == 0
    with worker_session() as session:  # what the killed one had made goes, too
        assert session.scalar(text("SELECT count(*) FROM accounts WHERE name = 'Old Page'")) == 0


def test_an_undo_that_breaks_off_can_be_gone_on_with_either_way(
    desk: Desk, imported: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = posts(3, 5, account="Old Page")
    taken = desk.bring(content, create=True)

    def broken(*_: Any) -> None:
        raise KeyboardInterrupt

    for again in ("import", "undo"):
        with monkeypatch.context() as patch:
            patch.setattr(landing, "used_elsewhere", broken)
            with pytest.raises(KeyboardInterrupt):
                undo(desk.tenant, taken.id)
        assert imported.execute("FROM readable()").fetchall() == []
        assert [row.state for row in desk.listed()] == [State.LANDING]
        if again == "import":
            assert desk.bring(content, create=True).again is False
            assert len(imported.execute("FROM readable()").fetchall()) == 2
    assert undo(desk.tenant, taken.id).state == State.UNDONE
