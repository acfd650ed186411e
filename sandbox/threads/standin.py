"""Threads as one of the stand-in networks."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from sandbox import grants
from sandbox.facebook.errors import GraphError, graph_error, invalid_token, on_graph_error
from sandbox.grants import client_of
from sandbox.services import Services
from sandbox.standin import StandIn
from sandbox.threads import oauth, routes
from sandbox.threads.call import DAY_S, NETWORK, SCOPES


def _account_of(services: Services, _path: str, scope: Scope) -> str | None:
    bearer = Headers(scope=scope).get("authorization", "").partition(" ")[2]
    query = parse_qs(scope["query_string"].decode())
    grant = grants.check(services, NETWORK, query.get("access_token", [bearer])[0])
    return grant.subject if grant else None


def _access(services: Services, account: str) -> dict[str, Any]:
    """A token of 60 days, two days old already, so that it can be renewed."""
    scope = ",".join(SCOPES)
    issued = grants.issue(services, NETWORK, account, scope, oauth.LONG)
    services.store.run(
        "UPDATE tokens SET issued_at = issued_at - ? WHERE token = ?", 2 * DAY_S, issued.access_token
    )
    client_id, client_secret = client_of(NETWORK)
    return {
        "access_token": issued.access_token,
        "expires_in": int(oauth.LONG.access_s or 0),
        "scope": scope,
        "account_id": account,
        "client_id": client_id,
        "client_secret": client_secret,
    }


def _server_error() -> Response:
    words = "An unexpected error has occurred. Please retry your request later."
    return graph_error(GraphError(2, words, status=500, transient=True))


STANDIN = StandIn(
    key=NETWORK,
    routers=(oauth.router, routes.router),
    server_error=_server_error,
    too_many=lambda: graph_error(GraphError(4, "(#4) Application request limit reached", transient=True)),
    unauthorized=lambda: graph_error(
        invalid_token(463, "Error validating access token: Session has expired.")
    ),
    account_of=_account_of,
    access=_access,
    handlers={GraphError: on_graph_error},
)
