"""Apps that register themselves, their consent page, and tokens that never end by themselves."""

from __future__ import annotations

import secrets
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, Response

from sandbox import consent, grants, objects
from sandbox.grants import Lives, Refused
from sandbox.mastodon.calls import Sandbox, form_or_json
from sandbox.mastodon.errors import MastodonError, failed
from sandbox.services import Services

router = APIRouter(prefix="/mastodon")
NETWORK, APP = "mastodon", "app"
LIVES = Lives(access_s=None, refresh_s=None)
SCOPES = ("read:accounts", "read:statuses", "write:media", "write:statuses")
_KNOWN = frozenset({"profile", "read", "write", "follow", "push", "write:favourites", "read:search", *SCOPES})


@router.post("/api/v1/apps")
async def register(request: Request, sandbox: Sandbox) -> JSONResponse:
    """Make a client for whoever asks."""
    asked = await form_or_json(request)
    name, addresses = str(asked.get("client_name") or ""), str(asked.get("redirect_uris") or "").split()
    scopes = str(asked.get("scopes") or "read").split()
    if not name or not addresses:
        raise failed("Application name can't be blank, Redirect URI must be an absolute URI.")
    if set(scopes) - _KNOWN:
        raise failed("Scopes doesn't match configured on the server.")
    return JSONResponse(made(sandbox, name, addresses, scopes))


def made(sandbox: Services, name: str, addresses: list[str], scopes: list[str]) -> dict[str, Any]:
    """A new app, committed, as the server tells of it."""
    client_id = secrets.token_urlsafe(32)
    app = {
        "client_id": client_id,
        "client_secret": secrets.token_urlsafe(32),
        "name": name,
        "website": None,
        "scopes": scopes,
        "redirect_uris": addresses,
        "redirect_uri": "\n".join(addresses),
    }
    objects.put(sandbox, NETWORK, APP, client_id, "", app)
    return {"id": str(secrets.randbelow(10**9)), **app, "client_secret_expires_at": 0}


@router.get("/.well-known/oauth-authorization-server")
async def metadata(request: Request) -> JSONResponse:
    """What there is (RFC 8414)."""
    base = f"{request.base_url}mastodon"
    return JSONResponse(
        {
            "issuer": f"{base}/",
            "authorization_endpoint": f"{base}/oauth/authorize",
            "token_endpoint": f"{base}/oauth/token",
            "app_registration_endpoint": f"{base}/api/v1/apps",
            "revocation_endpoint": f"{base}/oauth/revoke",
            "scopes_supported": sorted(_KNOWN),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "code_challenge_methods_supported": ["S256"],
        }
    )


@router.get("/oauth/authorize")
async def authorize(request: Request, sandbox: Sandbox) -> Response:
    """The consent page."""
    query = request.query_params
    app = objects.get(sandbox, NETWORK, APP, query.get("client_id", ""))
    if app is None:
        raise MastodonError(401, "invalid_client", "Client authentication failed due to unknown client.")
    scopes = query.get("scope", "read").split()
    if query.get("redirect_uri") not in app.data["redirect_uris"] or query.get("response_type") != "code":
        raise MastodonError(400, "invalid_request", "The redirect uri included is not valid.")
    if set(scopes) - set(app.data["scopes"]):
        raise MastodonError(400, "invalid_scope", "The requested scope is invalid, unknown, or malformed.")
    if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
        raise MastodonError(400, "invalid_code_challenge_method", "The code challenge method must be S256.")
    return consent.ask(
        request,
        sandbox,
        network=NETWORK,
        label="Mastodon",
        redirect_uri=query["redirect_uri"],
        state=query.get("state", ""),
        scopes=scopes,
        choices=[(one.id, one.name) for one in sandbox.timeline.accounts_of("mastodon")],
        challenge=query.get("code_challenge"),
    )


@router.post("/oauth/token")
async def token(request: Request, sandbox: Sandbox) -> JSONResponse:
    """A token for a code."""
    form = await request.form()
    _check_client(sandbox, form)
    if form.get("grant_type") != "authorization_code":
        raise MastodonError(400, "unsupported_grant_type", "The authorization grant type is not supported.")
    code, address = str(form.get("code", "")), str(form.get("redirect_uri", ""))
    try:
        verifier = str(form.get("code_verifier", ""))
        issued = grants.redeem(sandbox, NETWORK, code, address, LIVES, verifier)
    except Refused as refusal:
        words = "The provided authorization grant is invalid, expired, revoked, or does not match."
        raise MastodonError(400, str(refusal), words) from None
    told = {
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "scope": issued.scope,
        "created_at": int(sandbox.clock.now().timestamp()),
    }
    return JSONResponse(told)


@router.post("/oauth/revoke")
async def revoke(request: Request, sandbox: Sandbox) -> JSONResponse:
    """Stop a token."""
    form = await request.form()
    try:
        _check_client(sandbox, form)
    except MastodonError:
        raise MastodonError(
            403, "unauthorized_client", "You are not authorized to revoke this token"
        ) from None
    grants.revoke(sandbox, str(form.get("token", "")))
    return JSONResponse({})


def _check_client(sandbox: Services, form: FormData) -> None:
    app = objects.get(sandbox, NETWORK, APP, str(form.get("client_id", "")))
    if app is None or not secrets.compare_digest(
        str(app.data["client_secret"]), str(form.get("client_secret", ""))
    ):
        raise MastodonError(401, "invalid_client", "Client authentication failed.")
