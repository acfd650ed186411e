"""What a connection keeps while it is under way, as an encrypted text: verifiers, tokens, accounts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from foundation import keyring
from foundation.settings import Settings
from platforms.contract import Credentials, RemoteAccount


def seal(settings: Settings, connection_id: UUID, value: Any) -> str:
    """A JSON value as the ciphertext to store; it opens for this connection only."""
    return keyring.load(settings).encrypt(json.dumps(value), f"connection:{connection_id}")


def unseal(settings: Settings, connection_id: UUID, sealed: str) -> Any:
    """The value again. Raises KeyRingError for anything but this connection's own ciphertext."""
    return json.loads(keyring.load(settings).decrypt(sealed, f"connection:{connection_id}"))


def written(remote: RemoteAccount) -> dict[str, Any]:
    """An account with its tokens as a JSON value, to be sealed."""
    own = remote.credentials
    return {
        "network": remote.network,
        "external_id": remote.external_id,
        "name": remote.name,
        "handle": remote.handle,
        "server": remote.server,
        "access_token": own.access_token,
        "refresh_token": own.refresh_token,
        "expires_at": own.expires_at.isoformat() if own.expires_at else None,
        "scopes": sorted(own.scopes) if own.scopes is not None else None,
        "extra": dict(own.extra),
    }


def read(kept: Mapping[str, Any]) -> RemoteAccount:
    """The account of such a value."""
    credentials = Credentials(
        kept["access_token"],
        kept["refresh_token"],
        datetime.fromisoformat(kept["expires_at"]) if kept["expires_at"] else None,
        frozenset(kept["scopes"]) if kept["scopes"] is not None else None,
        kept["extra"],
    )
    return RemoteAccount(
        kept["network"], kept["external_id"], kept["name"], credentials, kept["handle"], kept["server"]
    )
