"""Facebook Login without a screen: the dialog consents at once; codes and tokens are exchanged as usual."""

from __future__ import annotations

import secrets
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse, RedirectResponse

from sandbox.facebook import tokens
from sandbox.facebook.errors import GraphError, invalid_parameter
from sandbox.facebook.routes import Call, call
from sandbox.facebook.tokens import APP_ID, APP_SECRET, EVERY_BRAND, LONG_S, SCOPES, SHORT_S

router = APIRouter(prefix="/facebook")
_CODE_S = 600
Calling = Annotated[Call, Depends(call)]


@router.get("/dialog/oauth")
async def dialog(call: Calling) -> RedirectResponse:
    """Consent at once and redirect with a code; `brand` narrows the grant to one brand, `deny=1` refuses."""
    params = call.params
    redirect_uri = params.get("redirect_uri", "")
    if params.get("client_id") != APP_ID or not redirect_uri:
        raise GraphError(
            101, "Error validating application. Cannot get application info due to a system error."
        )
    separator = "&" if "?" in redirect_uri else "?"
    if params.get("deny"):
        answer = {
            "error": "access_denied",
            "error_code": "200",
            "error_description": "Permissions error",
            "error_reason": "user_denied",
        }
    else:
        answer = {"code": _code(call, redirect_uri)}
    if params.get("state"):
        answer["state"] = params["state"]
    return RedirectResponse(f"{redirect_uri}{separator}{urlencode(answer)}", 302)


def _code(call: Call, redirect_uri: str) -> str:
    code = "AQ" + secrets.token_urlsafe(48)
    call.sandbox.store.run(
        "INSERT INTO codes VALUES (?, 'facebook', ?, ?, ?, ?, NULL, NULL, ?, 0)",
        *(code, APP_ID, redirect_uri, call.params.get("brand") or EVERY_BRAND),
        *(call.params.get("scope", ""), call.now.timestamp() + _CODE_S),
    )
    return code


@router.get("/oauth/access_token")
@router.post("/oauth/access_token")
async def access_token(call: Calling) -> JSONResponse:
    """A code or a working user token for a new user token."""
    params = call.params
    if params.get("client_id") != APP_ID:
        raise GraphError(
            101, "Error validating application. Cannot get application info due to a system error."
        )
    if params.get("client_secret") != APP_SECRET:
        raise GraphError(1, "Error validating client secret.")
    if params.get("grant_type") == "fb_exchange_token":
        user = tokens.check(call.sandbox, params.get("fb_exchange_token"))
        if user.kind != "user":
            raise invalid_parameter("param fb_exchange_token must be a user access token")
        issued, life = tokens.issue_user_token(call.sandbox, user.subject, LONG_S), LONG_S
    else:
        issued, life = tokens.issue_user_token(call.sandbox, _redeem(call), SHORT_S), SHORT_S
    return call.answer({"access_token": issued.token, "token_type": "bearer", "expires_in": life})


def _redeem(call: Call) -> str:
    """Use up a code; the brand it stands for. Raises GraphError 100 like the network."""
    with call.sandbox.store.transaction() as db:
        row = db.execute("SELECT * FROM codes WHERE code = ?", (call.params.get("code", ""),)).fetchone()
        if row is None or row["network"] != "facebook":
            raise GraphError(100, "Invalid verification code format.", subcode=36007)
        if row["used"]:
            raise GraphError(100, "This authorization code has been used.", subcode=36009)
        if row["expires_at"] <= call.now.timestamp():
            raise GraphError(100, "This authorization code has expired.", subcode=36007)
        if row["redirect_uri"] != call.params.get("redirect_uri"):
            raise GraphError(
                100,
                "Error validating verification code. Please make sure your redirect_uri is identical to the "
                "one you used in the OAuth dialog request",
                subcode=36008,
            )
        db.execute("UPDATE codes SET used = 1 WHERE code = ?", (row["code"],))
    return str(row["subject"])


@router.get("/debug_token")
async def debug_token(call: Calling) -> JSONResponse:
    """What a token is; the caller shows the app's own token "id|secret" or a user token."""
    if call.params.get("access_token") != f"{APP_ID}|{APP_SECRET}":
        call.token()
    asked = call.params.get("input_token", "")
    found = tokens.find(call.sandbox, asked)
    if found is None:
        error = {"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"}
        return call.answer({"data": {"is_valid": False, "error": error, "scopes": []}})
    now = call.now.timestamp()
    valid = found.subcode is None and (not found.expires_at or found.expires_at > now)
    data = {
        "app_id": APP_ID,
        "type": found.kind.upper(),
        "application": "Sandbox app",
        "issued_at": int(found.issued_at),
        "expires_at": int(found.expires_at),
        "data_access_expires_at": int(found.data_expires_at),
        "is_valid": valid,
        "scopes": list(SCOPES),
        "granular_scopes": [{"scope": scope} for scope in SCOPES],
    }
    if found.kind == "page":
        data["profile_id"] = found.subject
    if not valid:
        subcode = found.subcode or 463
        data["error"] = {"code": 190, "message": "Error validating access token", "subcode": subcode}
    return call.answer({"data": data})
