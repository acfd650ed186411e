"""Things a network makes on the way to a post and remembers: containers, uploads, publish ids, media.

JSON documents by network, kind and id, in the store. Bytes of uploads are files beside it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.services import Services


@dataclass(frozen=True, slots=True)
class Thing:
    """One of them. `made_at` is Unix seconds of the sandbox's clock."""

    id: str
    account: str
    made_at: float
    data: dict[str, Any]


def put(
    sandbox: Services, network: str, kind: str, thing_id: str, account: str, data: dict[str, Any]
) -> None:
    """Keep or replace a thing, committed on return; when it was first made stays known."""
    sandbox.store.run(
        "INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (network, kind, id) DO UPDATE SET data = excluded.data",
        *(network, kind, thing_id, account, sandbox.clock.now().timestamp(), json.dumps(data)),
    )


def get(sandbox: Services, network: str, kind: str, thing_id: str) -> Thing | None:
    """A thing by its id, or None."""
    row = sandbox.store.row(
        "SELECT * FROM objects WHERE network = ? AND kind = ? AND id = ?", network, kind, thing_id
    )
    return _thing(row) if row else None


def of_account(sandbox: Services, network: str, kind: str, account: str) -> list[Thing]:
    """An account's things of a kind, oldest first."""
    rows = sandbox.store.rows(
        "SELECT * FROM objects WHERE network = ? AND kind = ? AND account = ? ORDER BY made_at, id",
        *(network, kind, account),
    )
    return [_thing(row) for row in rows]


def bytes_path(sandbox: Services, network: str, thing_id: str) -> Path:
    """Where the bytes of an upload are kept; the folder is there on return."""
    folder = sandbox.settings.home / "uploads" / network
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "".join(c if c.isalnum() else "_" for c in thing_id)


def _thing(row: Any) -> Thing:
    return Thing(row["id"], row["account"], row["made_at"], json.loads(row["data"]))
