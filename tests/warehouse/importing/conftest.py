"""An organization with a brand, two connected accounts, and files to import."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pytest

from foundation.database import Tenant, tenant_session, worker_session
from foundation.settings import Settings
from platforms.accounts import connect
from platforms.contract import Credentials, RemoteAccount
from tests import lakes
from tests.identity.people import add_brand, add_person
from warehouse.importing import records
from warehouse.importing.columns import Kind
from warehouse.importing.examining import Examined, Wanted, examine
from warehouse.importing.mapping import Chosen
from warehouse.importing.records import Import
from warehouse.importing.taking import By, Taken, take

EXPORTED = datetime(2026, 9, 1, 12, 30, tzinfo=UTC)
HEADER = "account,platform,post_id,published_at,text,impressions,reactions,comments,shares\n"
FOLLOWERS = "account,platform,date,followers\n"
OPERATOR = By("operator")


@dataclass
class Desk:
    """Where files are imported."""

    tenant: Tenant
    brand_id: UUID
    accounts: dict[str, UUID]
    folder: Path
    files: int = field(default=0)

    def file(self, content: str | bytes, name: str = "", exported: datetime = EXPORTED) -> Path:
        """A file that was last changed at `exported`."""
        self.files += 1
        path = self.folder / (name or f"file{self.files}.csv")
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(path, (exported.timestamp(), exported.timestamp()))
        return path

    def look(self, path: Path, kind: Kind = Kind.POSTS, **more: Any) -> Examined:
        """Examine a file."""
        chosen = Chosen(**more.pop("chosen", {}))
        return examine(Wanted(self.tenant, self.brand_id, kind, path, path.name, chosen=chosen, **more))

    def bring(self, content: str | bytes, kind: Kind = Kind.POSTS, **agreed: bool) -> Taken:
        """Examine and import a file with this content."""
        return take(self.look(self.file(content), kind), OPERATOR, **agreed)  # type: ignore[arg-type]

    def listed(self) -> list[Import]:
        """What was imported, newest first."""
        with tenant_session(self.tenant) as session:
            return records.listed(session)


def posts(*numbers: int, account: str = "Nordlicht", platform: str = "facebook") -> str:
    """A file with these posts; each has as many reactions as its number says."""
    rows = (
        f"{account},{platform},1048_{number},2026-03-02T09:{number % 60:02}:00Z,Post {number},,{number},0,\n"
        for number in numbers
    )
    return HEADER + "".join(rows)


@pytest.fixture
def desk(settings: Settings, tmp_path: Path) -> Desk:
    """A brand in Berlin with a Facebook page and an X account, both called Nordlicht."""
    lakes.lay(settings)
    _, organization_id = add_person()
    brand_id = add_brand(organization_id)
    ids = {}
    with worker_session() as session:
        for network, external_id in (("facebook", "1048"), ("x", "900")):
            remote = RemoteAccount(network, external_id, "Nordlicht", Credentials("token"), "@nordlicht")
            ids[network] = connect(session, organization_id, brand_id, remote)
    folder = tmp_path / "files"
    folder.mkdir()
    return Desk(Tenant(organization_id), brand_id, ids, folder)


@pytest.fixture
def imported(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The lake, with `rows`: what of imports a model may read; one row each."""
    with lakes.fresh(settings) as connection:
        connection.execute(
            "CREATE TEMP MACRO readable() AS TABLE SELECT account_id, run_id, requested_at, "
            "unnest(from_json(body -> '$.rows', '[\"JSON\"]')) AS item FROM lake.raw.answers "
            "WHERE network = 'imported' AND answer_id NOT IN "
            "(SELECT answer_id FROM lake.raw.quarantine WHERE verdict IS DISTINCT FROM 'accepted')"
        )
        yield connection
