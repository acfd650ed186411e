"""Facebook as one of the stand-in networks."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from sandbox import objects
from sandbox.facebook import comments, lists, oauth, photos, routes, tokens, video_routes
from sandbox.facebook.errors import GraphError, graph_error, invalid_token, on_graph_error
from sandbox.services import Services
from sandbox.standin import StandIn

_NODE = re.compile(r"^/(?:rupload/video-upload/[^/]+/)?(\d+)(?:_\d+)?(?:/|$)")


def _account_of(services: Services, path: str, scope: Scope) -> str | None:
    found = _NODE.match(path)
    if found:
        things = (objects.get(services, "facebook", kind, found[1]) for kind in ("video", "photo"))
        return next((thing.account for thing in things if thing), found[1])
    bearer = Headers(scope=scope).get("authorization", "").partition(" ")[2]
    query = parse_qs(scope["query_string"].decode())
    token = tokens.find(services, query.get("access_token", [bearer])[0])
    return token.subject if token else None


def _access(services: Services, account: str) -> dict[str, Any]:
    page = services.timeline.accounts[account]
    user = tokens.long_lived_user_token(services, page.brand)
    return {
        "user_token": user.token,
        "access_token": tokens.page_token(services, user, page).token,
        "scope": ",".join(tokens.scopes(services, user)),
        "account_id": account,
        "page_id": account,
        "client_id": tokens.APP_ID,
        "client_secret": tokens.APP_SECRET,
    }


def _server_error() -> Response:
    words = "An unexpected error has occurred. Please retry your request later."
    return graph_error(GraphError(2, words, status=500, transient=True))


STANDIN = StandIn(
    key="facebook",
    # The lists of comments, stories and reels before the routes for any list.
    routers=(
        *(oauth.router, photos.router, video_routes.router, comments.router, lists.router, routes.router),
    ),
    server_error=_server_error,
    too_many=lambda: graph_error(GraphError(4, "(#4) Application request limit reached", transient=True)),
    unauthorized=lambda: graph_error(
        invalid_token(463, "Error validating access token: Session has expired.")
    ),
    account_of=_account_of,
    access=_access,
    handlers={GraphError: on_graph_error},
)
