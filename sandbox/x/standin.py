"""X as one of the stand-in networks."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from sandbox.services import Services
from sandbox.standin import StandIn
from sandbox.x import analytics, media_routes, oauth, routes, tokens
from sandbox.x.errors import XProblem, on_x_problem


def _account_of(services: Services, _path: str, scope: Scope) -> str | None:
    grant = tokens.check(services, Headers(scope=scope).get("authorization", "").partition(" ")[2])
    return grant.account if grant else None


def _access(services: Services, account: str) -> dict[str, Any]:
    issued = tokens.issue(services, account)
    return {
        **{name: issued[name] for name in ("access_token", "refresh_token", "expires_in", "scope")},
        "account_id": account,
        "user_id": account,
        "client_id": tokens.CLIENT_ID,
        "client_secret": tokens.CLIENT_SECRET,
    }


def _problem(status: int, title: str) -> Response:
    body = {"title": title, "detail": title, "type": "about:blank", "status": status}
    return JSONResponse(body, status)


STANDIN = StandIn(
    key="x",
    routers=(oauth.router, media_routes.router, analytics.router, routes.router),
    server_error=lambda: _problem(503, "Service Unavailable"),
    too_many=lambda: _problem(429, "Too Many Requests"),
    unauthorized=lambda: _problem(401, "Unauthorized"),
    account_of=_account_of,
    access=_access,
    handlers={XProblem: on_x_problem},
)
