"""A Mastodon server as one of the stand-in networks. It stands in for every server."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope

from sandbox import grants
from sandbox.mastodon import media_routes, oauth, posts, routes
from sandbox.mastodon.errors import MastodonError, on_mastodon_error, refusal
from sandbox.services import Services
from sandbox.standin import StandIn


def _account_of(services: Services, _path: str, scope: Scope) -> str | None:
    token = Headers(scope=scope).get("authorization", "").partition(" ")[2]
    grant = grants.check(services, oauth.NETWORK, token)
    return grant.subject if grant else None


def _access(services: Services, account: str) -> dict[str, Any]:
    app = oauth.made(services, "AllIN", ["http://127.0.0.1/callback"], list(oauth.SCOPES))
    issued = grants.issue(services, oauth.NETWORK, account, " ".join(oauth.SCOPES), oauth.LIVES)
    return {
        "access_token": issued.access_token,
        "scope": issued.scope,
        "account_id": account,
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "server": f"https://{posts.HOST}",
    }


STANDIN = StandIn(
    key="mastodon",
    routers=(oauth.router, media_routes.router, routes.router),
    server_error=lambda: refusal(503, "There was a temporary problem serving your request, please try again"),
    too_many=lambda: refusal(429, "Too many requests"),
    unauthorized=lambda: refusal(401, "The access token is invalid"),
    account_of=_account_of,
    access=_access,
    handlers={MastodonError: on_mastodon_error},
)
