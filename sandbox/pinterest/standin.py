"""Pinterest as one of the stand-in networks."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope

from sandbox import grants
from sandbox.pinterest import analytics, boards, media, oauth, pins
from sandbox.pinterest.errors import (
    PinterestError,
    on_pinterest_error,
    throttled,
    unauthorized,
    worded,
)
from sandbox.services import Services
from sandbox.standin import StandIn


def _account_of(services: Services, _path: str, scope: Scope) -> str | None:
    token = Headers(scope=scope).get("authorization", "").partition(" ")[2]
    grant = grants.check(services, oauth.NETWORK, token) if token else None
    return grant.subject if grant else None


def _access(services: Services, account: str) -> dict[str, Any]:
    issued = grants.issue(services, oauth.NETWORK, account, " ".join(oauth.USUAL), oauth.LIVES)
    client_id, client_secret = grants.client_of(oauth.NETWORK)
    return {
        **oauth.told(services, issued, "authorization_code"),
        "account_id": account,
        "board_ids": list(boards.boards_of(services.timeline.accounts[account])),
        "client_id": client_id,
        "client_secret": client_secret,
    }


STANDIN = StandIn(
    key=oauth.NETWORK,
    # Analytics come first: /pins/analytics is no pin's id.
    routers=(oauth.router, analytics.router, boards.router, media.router, pins.router),
    server_error=lambda: worded(PinterestError(503, 12, "Something went wrong on our end.")),
    too_many=lambda: worded(throttled({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"})),
    unauthorized=lambda: worded(unauthorized()),
    account_of=_account_of,
    access=_access,
    handlers={PinterestError: on_pinterest_error},
)
