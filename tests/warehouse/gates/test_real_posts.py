"""Real posts of real pages pass the raw contract, from the first look on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from platforms.contract import Entity
from platforms.registry import network
from tests.platforms.conftest import Sandbox, as_account, case_module, pointed_at
from tests.sandbox.server import running
from tests.warehouse.gates.installation import Installation
from warehouse.gates.contract import look

HOURS = (0, 25)


def test_real_posts_raise_no_alarm(installation: Installation, real_data: Path, tmp_path: Path) -> None:
    with running(tmp_path, archive=real_data / "facebook_pages_2016.csv.gz") as served:
        sandbox = Sandbox(str(served.client.base_url).rstrip("/"))
        connector = network("facebook", pointed_at(sandbox))
        pages = [
            as_account(remote)
            for remote in connector.connect.accounts(
                case_module("facebook").credentials(sandbox.access("facebook"))
            )
        ]
        for page in pages:
            installation.add(page.name, "facebook", page.external_id)
        installation.register()
        answers = 0
        for hours in HOURS:
            sandbox.advance(timedelta(hours=hours).total_seconds())
            now = sandbox.now()
            for page in pages:
                found = list(connector.collect.collect(page, Entity.POSTS, None, now, None))
                installation.land(page.name, found, now.replace(minute=0, second=0, microsecond=0))
                answers += len(found)
            seen = look(installation.connection, f"after {hours}", installation.settings)
            assert [(one.check.name, one.reason) for one in seen.findings] == []
    assert answers > 50
