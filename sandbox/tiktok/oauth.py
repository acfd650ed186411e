"""TikTok's consent and tokens. Its errors are flat, and come with HTTP 200."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from sandbox import consent, grants
from sandbox.grants import Issued, Lives, Refused
from sandbox.services import Services, services
from sandbox.tiktok.errors import invalid

router = APIRouter(prefix="/tiktok")
Sandbox = Annotated[Services, Depends(services)]

NETWORK = "tiktok"
SCOPES = (
    "user.info.basic",
    "user.info.profile",
    "user.info.stats",
    "video.list",
    "video.publish",
    "video.upload",
)
LIVES = Lives(access_s=7_200, refresh_s=180 * 86_400, rotates=True, prefix="act.")


@router.get("/v2/auth/authorize/")
async def authorize(request: Request, sandbox: Sandbox) -> Response:
    """The consent page."""
    query = request.query_params
    for name in ("client_key", "redirect_uri", "state", "scope"):
        if not query.get(name):
            raise invalid(f"{name} is missing")
    scopes = query["scope"].split(",")
    if query["client_key"] != grants.client_of(NETWORK)[0] or query.get("response_type") != "code":
        raise invalid("client_key or response_type")
    if set(scopes) - set(SCOPES):
        raise invalid("scope")
    accounts = sandbox.timeline.accounts_of("tiktok")
    return consent.ask(
        request,
        sandbox,
        network=NETWORK,
        label="TikTok",
        redirect_uri=query["redirect_uri"],
        state=query["state"],
        scopes=scopes,
        choices=[(account.id, account.name) for account in accounts],
        separator=",",
        more={"scopes": query["scope"]},
    )


@router.post("/v2/oauth/token/")
async def token(request: Request, sandbox: Sandbox) -> JSONResponse:
    """Codes and refresh tokens for tokens; a used refresh token is dead."""
    form = await request.form()
    if not grants.is_client(request, form, NETWORK):
        return _refusal("invalid_client", "Client key or secret is incorrect.")
    kind = form.get("grant_type")
    try:
        if kind == "authorization_code":
            code, address = str(form.get("code", "")), str(form.get("redirect_uri", ""))
            issued = grants.redeem(sandbox, NETWORK, code, address, LIVES)
        elif kind == "refresh_token":
            issued = grants.refresh(sandbox, NETWORK, str(form.get("refresh_token", "")), LIVES)
        else:
            return _refusal("unsupported_grant_type", "grant_type is not supported.")
    except Refused as refusal:
        return _refusal(str(refusal), "The code or refresh token is invalid or expired.")
    return JSONResponse(told(issued))


@router.post("/v2/oauth/revoke/")
async def revoke(request: Request, sandbox: Sandbox) -> Response:
    """Stop a token; the answer is empty."""
    form = await request.form()
    if not grants.is_client(request, form, NETWORK):
        return _refusal("invalid_client", "Client key or secret is incorrect.")
    grants.revoke(sandbox, str(form.get("token", "")))
    return Response(status_code=200)


def told(issued: Issued) -> dict[str, Any]:
    """Tokens as TikTok gives them; lives are what is left of them, in seconds."""
    return {
        "open_id": issued.subject,
        "scope": issued.scope,
        "access_token": issued.access_token,
        "expires_in": int(LIVES.access_s or 0),
        "refresh_token": issued.refresh_token,
        "refresh_expires_in": int(LIVES.refresh_s or 0),
        "token_type": "Bearer",
    }


def _refusal(error: str, description: str) -> JSONResponse:
    body = {"error": error, "error_description": description, "log_id": secrets.token_hex(16).upper()}
    return JSONResponse(body)  # with HTTP 200
