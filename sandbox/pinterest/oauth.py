"""Pinterest's consent and tokens: refresh tokens that are replaced, by HTTP Basic."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from sandbox import consent, grants
from sandbox.grants import Issued, Lives, Refused
from sandbox.pinterest.errors import invalid, unauthorized
from sandbox.services import Services, services

router = APIRouter(prefix="/pinterest")
Sandbox = Annotated[Services, Depends(services)]

NETWORK = "pinterest"
SCOPES = (
    "boards:read",
    "boards:read_secret",
    "boards:write",
    "boards:write_secret",
    "pins:read",
    "pins:read_secret",
    "pins:write",
    "pins:write_secret",
    "user_accounts:read",
)
USUAL = ("boards:read", "boards:write", "pins:read", "pins:write", "user_accounts:read")
LIVES = Lives(access_s=2_592_000, refresh_s=5_184_000, rotates=True, prefix="pina_")


@router.get("/oauth/")
async def authorize(request: Request, sandbox: Sandbox) -> Response:
    """The consent page."""
    query = request.query_params
    for name in ("client_id", "redirect_uri", "state", "scope"):
        if not query.get(name):
            raise invalid(f"{name} is missing")
    if query["client_id"] != grants.client_of(NETWORK)[0] or query.get("response_type") != "code":
        raise invalid("client_id or response_type")
    scopes = query["scope"].split(",")
    if set(scopes) - set(SCOPES):
        raise invalid("scope")
    accounts = sandbox.timeline.accounts_of("pinterest")
    return consent.ask(
        request,
        sandbox,
        network=NETWORK,
        label="Pinterest",
        redirect_uri=query["redirect_uri"],
        state=query["state"],
        scopes=scopes,
        choices=[(account.id, account.name) for account in accounts],
        separator=" ",
    )


@router.post("/v5/oauth/token")
async def token(request: Request, sandbox: Sandbox) -> JSONResponse:
    """Codes and refresh tokens for tokens; a used refresh token is dead."""
    form = await request.form()
    if not grants.is_client(request, form, NETWORK) or "client_secret" in form:
        raise unauthorized()
    kind = str(form.get("grant_type"))
    try:
        if kind == "authorization_code":
            code, address = str(form.get("code", "")), str(form.get("redirect_uri", ""))
            issued = grants.redeem(sandbox, NETWORK, code, address, LIVES)
        elif kind == "refresh_token":
            issued = grants.refresh(sandbox, NETWORK, str(form.get("refresh_token", "")), LIVES)
        else:
            raise invalid("Invalid grant_type.")
    except Refused:
        words = "The provided authorization grant or refresh token is invalid, expired or revoked."
        raise invalid(words) from None
    return JSONResponse(told(sandbox, issued, kind))


@router.post("/v5/oauth/token/revoke")
async def revoke(request: Request, sandbox: Sandbox) -> Response:
    """Stop a token; the answer is empty."""
    form = await request.form()
    if not grants.is_client(request, form, NETWORK):
        raise unauthorized()
    grants.revoke(sandbox, str(form.get("token", "")))
    return Response(status_code=200)


def told(sandbox: Services, issued: Issued, kind: str) -> dict[str, Any]:
    """Tokens as Pinterest gives them."""
    life_s = int(LIVES.refresh_s or 0)
    return {
        "access_token": issued.access_token,
        "refresh_token": issued.refresh_token,
        "response_type": kind,
        "token_type": "bearer",
        "expires_in": int(LIVES.access_s or 0),
        "refresh_token_expires_in": life_s,
        "refresh_token_expires_at": int(sandbox.clock.now().timestamp()) + life_s,
        "scope": issued.scope,
    }
