"""X's OAuth 2.0 with PKCE."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, Response

from sandbox import consent
from sandbox.services import Services, services
from sandbox.x import tokens
from sandbox.x.errors import invalid_request
from sandbox.x.tokens import CLIENT_ID, CLIENT_SECRET, Refused

router = APIRouter(prefix="/x")
Sandbox = Annotated[Services, Depends(services)]
_CODE_S = 30


@router.get("/i/oauth2/authorize")
@router.get("/2/oauth2/authorize")
async def authorize(request: Request, sandbox: Sandbox) -> Response:
    """The consent page. PKCE is a must."""
    query = request.query_params
    needed = ("client_id", "redirect_uri", "state", "scope", "code_challenge", "code_challenge_method")
    for name in needed:
        if not query.get(name):
            raise invalid_request(f"Missing required parameter [{name}].", name)
    if query.get("response_type") != "code" or query["client_id"] != CLIENT_ID:
        raise invalid_request("Value passed for the client or response_type was invalid.", "client_id")
    if query["code_challenge_method"] not in ("S256", "plain") or len(query["state"]) > 500:
        raise invalid_request("code_challenge_method or state was invalid.", "code_challenge_method")
    scopes = query["scope"].split()
    if set(scopes) - set(tokens.SCOPES):
        raise invalid_request("Value passed for the scope was invalid.", "scope")
    challenge, is_plain = query["code_challenge"], query["code_challenge_method"] == "plain"
    return consent.ask(
        request,
        sandbox,
        network="x",
        label="X",
        redirect_uri=query["redirect_uri"],
        state=query["state"],
        scopes=scopes,
        choices=[(account.id, account.name) for account in sandbox.timeline.accounts_of("x")],
        challenge=_s256(challenge) if is_plain else challenge,
        code_s=_CODE_S,
    )


@router.post("/2/oauth2/token")
async def token(request: Request, sandbox: Sandbox) -> JSONResponse:
    """Codes and refresh tokens for tokens; confidential clients use Basic, public ones send client_id."""
    form = await request.form()
    if not _is_client(request, form):
        return _refusal(401, "unauthorized_client", "Missing valid authorization header")
    try:
        if form.get("grant_type") == "refresh_token":
            return _answer(tokens.refresh(sandbox, str(form.get("refresh_token", ""))))
        if form.get("grant_type") == "authorization_code":
            return _answer(_redeem(sandbox, form))
    except Refused as refusal:
        return _refusal(400, "invalid_request", str(refusal))
    return _refusal(400, "unsupported_grant_type", "Value passed for the grant type was invalid.")


@router.post("/2/oauth2/revoke")
async def revoke(request: Request, sandbox: Sandbox) -> JSONResponse:
    """Stop a token working."""
    form = await request.form()
    if not _is_client(request, form):
        return _refusal(401, "unauthorized_client", "Missing valid authorization header")
    tokens.revoke(sandbox, str(form.get("token", "")))
    return JSONResponse({"revoked": True})


def _is_client(request: Request, form: FormData) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id") == CLIENT_ID
    try:
        decoded = base64.b64decode(given, validate=True)
    except (ValueError, binascii.Error):
        return False
    return hmac.compare_digest(decoded, f"{CLIENT_ID}:{CLIENT_SECRET}".encode())


def _redeem(sandbox: Services, form: FormData) -> dict[str, Any]:
    with sandbox.store.transaction() as db:
        row = db.execute("SELECT * FROM codes WHERE code = ?", (str(form.get("code", "")),)).fetchone()
        if row is None or row["network"] != "x" or row["used"]:
            raise Refused("Value passed for the authorization code was invalid.")
        if row["expires_at"] <= sandbox.clock.now().timestamp():
            raise Refused("Value passed for the authorization code was invalid.")
        if row["redirect_uri"] != form.get("redirect_uri"):
            raise Refused(
                "Value passed for the redirect uri did not match the uri of the authorization code."
            )
        if not hmac.compare_digest(_s256(str(form.get("code_verifier", ""))), str(row["challenge"])):
            raise Refused("Value passed for the code verifier did not match the code challenge.")
        db.execute("UPDATE codes SET used = 1 WHERE code = ?", (row["code"],))
    return tokens.issue(sandbox, str(row["subject"]), str(row["scope"]))


def _s256(verifier: str) -> str:
    """RFC 7636: SHA-256 in unpadded base64url."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _answer(body: dict[str, Any]) -> JSONResponse:
    return JSONResponse(body, headers={"cache-control": "no-store"})


def _refusal(status: int, error: str, description: str) -> JSONResponse:
    return JSONResponse({"error": error, "error_description": description}, status)
