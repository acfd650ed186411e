"""Bluesky as one of the stand-in networks: a host, the AppView behind it, and the video service."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope

from sandbox.bluesky import feed_routes, repo_routes, server_routes, tokens, video_routes
from sandbox.bluesky.errors import XrpcError, on_xrpc_error, refusal
from sandbox.services import Services
from sandbox.standin import StandIn


def _account_of(services: Services, _path: str, scope: Scope) -> str | None:
    token = Headers(scope=scope).get("authorization", "").partition(" ")[2]
    grant = tokens.check(services, token)
    return grant.subject if grant else None


def _access(services: Services, account: str) -> dict[str, Any]:
    opened = tokens.open_session(services, services.timeline.accounts[account])
    return {
        "access_token": opened.access,
        "refresh_token": opened.refresh,
        "expires_in": int(tokens.LIVES.access_s or 0),
        "scope": "",
        "account_id": account,
        "client_id": "",
        "client_secret": "",
        "handle": tokens.handle_of(services.timeline.accounts[account]),
        "app_password": tokens.APP_PASSWORD,
    }


STANDIN = StandIn(
    key="bluesky",
    routers=(server_routes.router, repo_routes.router, feed_routes.router, video_routes.router),
    server_error=lambda: refusal(502, "UpstreamFailure", "Upstream service unreachable"),
    too_many=lambda: refusal(429, "RateLimitExceeded", "Rate Limit Exceeded"),
    unauthorized=lambda: refusal(400, "ExpiredToken", "Token has expired"),
    account_of=_account_of,
    access=_access,
    handlers={XrpcError: on_xrpc_error},
)
