"""LinkedIn as one of the stand-in networks."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope

from sandbox import grants, objects
from sandbox.linkedin import assets, comments, oauth, people, posts, profiles, statistics
from sandbox.linkedin.errors import LinkedInError, on_linkedin_error, throttled, unauthorized, worded
from sandbox.services import Services
from sandbox.standin import StandIn


def _account_of(services: Services, path: str, scope: Scope) -> str | None:
    token = Headers(scope=scope).get("authorization", "").partition(" ")[2]
    grant = grants.check(services, people.NETWORK, token) if token else None
    if grant:
        return people.organization_of(services, grant.subject).id
    if path.startswith("/dms-uploads/"):
        thing = objects.get(services, people.NETWORK, assets.ASSET, path.split("/")[2])
        return thing.account if thing else None
    return None


def _access(services: Services, account: str) -> dict[str, Any]:
    sub = people.person_of(account)
    issued = grants.issue(services, people.NETWORK, sub, " ".join(oauth.SCOPES), oauth.LIVES)
    client_id, client_secret = grants.client_of(people.NETWORK)
    return {
        **oauth.told(issued, issued.refresh_token or "", oauth.LIVES.refresh_s or 0),
        "account_id": account,
        "person_id": sub,
        "client_id": client_id,
        "client_secret": client_secret,
    }


STANDIN = StandIn(
    key=people.NETWORK,
    routers=(
        *(oauth.router, profiles.router, posts.router, comments.router, statistics.router, assets.router),
    ),
    server_error=lambda: worded(LinkedInError(503, "SERVICE_UNAVAILABLE", "Service Unavailable")),
    too_many=lambda: worded(throttled()),
    unauthorized=lambda: worded(unauthorized()),
    account_of=_account_of,
    access=_access,
    handlers={LinkedInError: on_linkedin_error},
)
