"""YouTube as one of the stand-in networks."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from sandbox import grants, objects
from sandbox.services import Services
from sandbox.standin import StandIn
from sandbox.youtube import analytics, comments, data, oauth, uploading
from sandbox.youtube.errors import GoogleError, on_google_error, unauthorized, worded


def _account_of(services: Services, _path: str, scope: Scope) -> str | None:
    token = Headers(scope=scope).get("authorization", "").partition(" ")[2]
    grant = grants.check(services, oauth.NETWORK, token) if token else None
    if grant:
        return grant.subject
    session = parse_qs(scope["query_string"].decode()).get("upload_id", [""])[0]
    thing = objects.get(services, oauth.NETWORK, uploading.SESSION, session)
    return thing.account if thing else None


def _access(services: Services, account: str) -> dict[str, Any]:
    issued = grants.issue(services, oauth.NETWORK, account, " ".join(oauth.SCOPES), oauth.LIVES)
    client_id, client_secret = grants.client_of(oauth.NETWORK)
    return {
        **oauth.told(issued),
        "account_id": account,
        "client_id": client_id,
        "client_secret": client_secret,
    }


def _server_error() -> Response:
    return worded(GoogleError(503, "backendError", "Backend Error", "global"))


def _too_many() -> Response:
    words = "Rate Limit Exceeded"
    return worded(GoogleError(403, "rateLimitExceeded", words, "usageLimits"))


STANDIN = StandIn(
    key=oauth.NETWORK,
    routers=(oauth.router, uploading.router, data.router, comments.router, analytics.router),
    server_error=_server_error,
    too_many=_too_many,
    unauthorized=lambda: worded(unauthorized()),
    account_of=_account_of,
    access=_access,
    handlers={GoogleError: on_google_error},
)
