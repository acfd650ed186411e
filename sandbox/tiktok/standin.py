"""TikTok as one of the stand-in networks."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import Scope

from sandbox import grants, objects
from sandbox.services import Services
from sandbox.standin import StandIn
from sandbox.tiktok import oauth, publishing, reading, uploading
from sandbox.tiktok.errors import TikTokError, enveloped, on_tiktok_error
from sandbox.tiktok.posts import NETWORK, PUBLISH


def _account_of(services: Services, _path: str, scope: Scope) -> str | None:
    token = Headers(scope=scope).get("authorization", "").partition(" ")[2]
    grant = grants.check(services, NETWORK, token) if token else None
    if grant:
        return grant.subject
    upload = parse_qs(scope["query_string"].decode()).get("upload_id", [""])[0]
    thing = objects.get(services, NETWORK, PUBLISH, upload)
    return thing.account if thing else None


def _access(services: Services, account: str) -> dict[str, Any]:
    issued = grants.issue(services, NETWORK, account, ",".join(oauth.SCOPES), oauth.LIVES)
    client_id, client_secret = grants.client_of(NETWORK)
    return {
        **oauth.told(issued),
        "account_id": account,
        "client_id": client_id,
        "client_secret": client_secret,
    }


STANDIN = StandIn(
    key=NETWORK,
    routers=(oauth.router, publishing.router, uploading.router, reading.router),
    server_error=lambda: enveloped({}, 500, "internal_error", "Something went wrong on our side."),
    too_many=lambda: enveloped({}, 429, "rate_limit_exceeded", "The API rate limit was exceeded."),
    unauthorized=lambda: enveloped({}, 401, "access_token_invalid", "The access token is invalid."),
    account_of=_account_of,
    access=_access,
    handlers={TikTokError: on_tiktok_error},
)
