"""The provider's endpoints: discovery, keys, the page to sign in on, tokens, and who somebody is."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import unquote_plus, urlencode, urlsplit

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from sandbox.control import from_this_machine
from sandbox.oidc import grants, tokens
from sandbox.oidc.grants import Grant, GrantError
from sandbox.oidc.keys import algorithm, signing_key
from sandbox.oidc.mischief import take
from sandbox.oidc.page import sign_in_page
from sandbox.oidc.tokens import CLIENT_ID, CLIENT_SECRET
from sandbox.services import Services, services

# Who can type an address here can be anyone, so it is this machine's alone.
router = APIRouter(prefix="/oidc", dependencies=[Depends(from_this_machine)])
_REALM = re.compile(r"[a-z0-9-]{1,40}")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True)
class Issuer:
    """The issuer that a request is for, by the address it came to; the realm is "" or a name."""

    realm: str
    url: str


async def _issuer(request: Request) -> Issuer:
    realm = str(request.path_params.get("realm", ""))
    if realm and not _REALM.fullmatch(realm):
        raise HTTPException(404, "no such realm: use a-z, 0-9 and -")
    return Issuer(realm, f"{request.base_url}oidc/{realm}".rstrip("/"))


Sandbox = Annotated[Services, Depends(services)]
Asked = Annotated[Issuer, Depends(_issuer)]


@router.get("/.well-known/openid-configuration")
@router.get("/{realm}/.well-known/openid-configuration")
async def discovery(issuer: Asked) -> dict[str, Any]:
    """OpenID Connect Discovery, section 3."""
    return {
        "issuer": issuer.url,
        "authorization_endpoint": f"{issuer.url}/authorize",
        "token_endpoint": f"{issuer.url}/token",
        "userinfo_endpoint": f"{issuer.url}/userinfo",
        "jwks_uri": f"{issuer.url}/jwks",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [algorithm(issuer.realm), "HS256", "none"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "email", "profile"],
        "authorization_response_iss_parameter_supported": True,
    }


@router.get("/jwks")
@router.get("/{realm}/jwks")
async def jwks(issuer: Asked, sandbox: Sandbox) -> dict[str, Any]:
    """The public key of the day."""
    key = signing_key(sandbox.store, issuer.realm)
    return {"keys": [{**key.as_dict(private=False), "use": "sig", "alg": algorithm(issuer.realm)}]}


@router.get("/authorize")
@router.get("/{realm}/authorize")
async def show(request: Request, issuer: Asked) -> Response:
    """The page that asks who is there."""
    refusal = _refusal(request, issuer)
    hint = request.query_params.get("login_hint", "")
    return refusal or HTMLResponse(sign_in_page(issuer.realm, email=hint))


@router.post("/authorize")
@router.post("/{realm}/authorize")
async def submit(request: Request, issuer: Asked, sandbox: Sandbox) -> Response:
    """Believe what was typed, and go back with a code; or without one, where "Cancel" was pressed."""
    refusal = _refusal(request, issuer)
    if refusal is not None:
        return refusal
    form = await request.form()
    if form.get("cancel"):
        return _back(request, issuer, error="access_denied")
    email, name = str(form.get("email", "")).strip(), str(form.get("name", "")).strip()
    if not _ADDRESS.fullmatch(email):
        return HTMLResponse(sign_in_page(issuer.realm, email, name, "Type an e-mail address."), 400)
    query = request.query_params
    grant = Grant(
        realm=issuer.realm,
        client_id=query["client_id"],
        redirect_uri=query["redirect_uri"],
        scope=query["scope"],
        email=email,
        name=name,
        nonce=query.get("nonce"),
        challenge=query["code_challenge"],
        mischief=take(sandbox.store),
    )
    return _back(request, issuer, code=grants.issue(sandbox, grant))


@router.post("/token")
@router.post("/{realm}/token")
async def token(request: Request, issuer: Asked, sandbox: Sandbox) -> JSONResponse:
    """A code for tokens (RFC 6749, section 4.1.3)."""
    form = await request.form()
    if not _is_client(request, form):
        return _error(401, "invalid_client", "client id or secret is wrong")
    if form.get("grant_type") != "authorization_code":
        return _error(400, "unsupported_grant_type", "only authorization_code is")
    asked = [str(form.get(name, "")) for name in ("code", "redirect_uri", "code_verifier")]
    try:
        grant = grants.redeem(sandbox, issuer.realm, *asked)
    except GrantError as error:
        return _error(400, "invalid_grant", str(error))
    if grant.mischief == "token_error":
        return _error(400, "server_error", "as was asked for")
    answer = {
        "access_token": tokens.access_token(sandbox.store, issuer.url, grant),
        "token_type": "Bearer",
        "expires_in": tokens.LIFETIME_S,
        "scope": grant.scope,
        "id_token": tokens.id_token(sandbox.store, issuer.url, grant),
    }
    return JSONResponse(answer, headers={"cache-control": "no-store"})


@router.get("/userinfo")
@router.get("/{realm}/userinfo")
async def userinfo(request: Request, issuer: Asked, sandbox: Sandbox) -> JSONResponse:
    """What is known of the bearer of an access token."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    found = tokens.userinfo(sandbox.store, issuer.url, issuer.realm, given) if scheme == "Bearer" else None
    if found is None:
        return JSONResponse({"error": "invalid_token"}, 401, headers={"www-authenticate": "Bearer"})
    return JSONResponse(found)


def _refusal(request: Request, issuer: Issuer) -> Response | None:
    """Why the request can't be served: told here while it is not known whom to send back to."""
    query = request.query_params
    redirect = urlsplit(query.get("redirect_uri", ""))
    if query.get("client_id") != CLIENT_ID:
        return HTMLResponse("Unknown client_id.", 400)
    if redirect.scheme not in ("http", "https") or not redirect.netloc or redirect.fragment:
        return HTMLResponse("The redirect_uri is no address.", 400)
    if query.get("response_type") != "code":
        return _back(request, issuer, error="unsupported_response_type")
    if "openid" not in query.get("scope", "").split():
        return _back(request, issuer, error="invalid_scope")
    if not query.get("code_challenge") or query.get("code_challenge_method") != "S256":
        return _back(request, issuer, error="invalid_request", error_description="PKCE with S256 is required")
    return None


def _back(request: Request, issuer: Issuer, **answer: str) -> RedirectResponse:
    """To where the sign-in came from; `iss` says who answers (RFC 9207)."""
    query = request.query_params
    state = {"state": query["state"]} if "state" in query else {}
    target = query["redirect_uri"]
    separator = "&" if "?" in target else "?"
    return RedirectResponse(f"{target}{separator}{urlencode({**answer, **state, 'iss': issuer.url})}", 303)


def _is_client(request: Request, form: FormData) -> bool:
    """Whether id and secret are right, as HTTP Basic or in the form (RFC 6749, section 2.3.1)."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        pair = f"{form.get('client_id')}:{form.get('client_secret')}"
    else:
        try:
            pair = base64.b64decode(given, validate=True).decode()
        except (binascii.Error, ValueError):
            return False
        pair = ":".join(unquote_plus(part) for part in pair.split(":"))
    return hmac.compare_digest(pair.encode(), f"{CLIENT_ID}:{CLIENT_SECRET}".encode())


def _error(status: int, error: str, description: str) -> JSONResponse:
    body = {"error": error, "error_description": description}
    return JSONResponse(body, status, headers={"cache-control": "no-store"})
