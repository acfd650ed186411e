"""From an authorization code to who somebody is (OpenID Connect Core 1.0, sections 3.1.3 and 5.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jws import JWSRegistry
from pydantic import BaseModel

from foundation.outgoing import HEADERS, GuardedTransport
from identity.oidc.discovery import MAX_BYTES, TIMEOUT_S, Known, get, known, parsed, unreachable
from identity.oidc.provider import Provider, ProviderError

LEEWAY_S: Final = 60  # how far the provider's clock may be off
ENTRA: Final = (  # its public cloud and its national ones
    "https://login.microsoftonline.com/",
    "https://login.microsoftonline.us/",
    "https://login.partner.microsoftonline.cn/",
)


class _Person(BaseModel):
    """The claims about a person, of the ID token or the userinfo endpoint."""

    sub: str
    email: str | None = None
    email_verified: object = None  # some providers send a text, which is not a yes
    xms_edov: object = None
    name: str | None = None


@dataclass(frozen=True)
class Claims:
    """Who the provider says that somebody is. `email` is what it says to have verified, or None."""

    issuer: str
    subject: str
    email: str | None
    name: str


def redeem(provider: Provider, code: str, *, verifier: str, nonce: str, redirect_uri: str) -> Claims:
    """Exchange the code, and check what comes for it.

    Raises:
        ProviderError: it was refused, or the answer is not what this sign-in asked for.
    """
    about = known(provider)
    answer = _exchange(provider, about, code, verifier, redirect_uri)
    claims = _checked(provider, about, answer.get("id_token"), nonce)
    person = _person(claims)
    if person.email is None and about.metadata.userinfo_endpoint and answer.get("access_token"):
        bearer = str(answer["access_token"])
        document = get(provider, about.metadata.userinfo_endpoint, bearer=bearer)
        subject, person = person.sub, parsed(_Person, document, "The userinfo can't be read.")
        if person.sub != subject:
            raise ProviderError("The userinfo is about somebody else than the ID token.")
    return Claims(
        issuer=provider.issuer,
        subject=person.sub,
        email=person.email if _has_verified(provider, person) else None,
        name=person.name or "",
    )


def _has_verified(provider: Provider, person: _Person) -> bool:
    """Whether the provider says that the address is the person's.

    Microsoft Entra does not know this claim. It says instead, once the application's optional claims `email`
    and `xms_edov` are added to its ID tokens, whether the address's domain is proven to be the tenant's
    (https://learn.microsoft.com/entra/identity-platform/optional-claims-reference); as true, 1 or "1".
    """
    if person.email_verified is not None or not provider.issuer.startswith(ENTRA):
        return person.email_verified is True
    return person.xms_edov in (True, "1", "true")


def _exchange(
    provider: Provider, about: Known, code: str, verifier: str, redirect_uri: str
) -> dict[str, Any]:
    client = OAuth2Client(
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        token_endpoint_auth_method=about.metadata.secret_method,
        redirect_uri=redirect_uri,
        transport=GuardedTransport(allow=provider.allow, max_bytes=MAX_BYTES, timeout_s=TIMEOUT_S),
        timeout=TIMEOUT_S,
        headers=HEADERS,
    )
    asked = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
    try:
        with client:
            answer: dict[str, Any] = client.fetch_token(about.metadata.token_endpoint, **asked)
    except OAuthError as error:
        raise ProviderError(f"The provider refused the code: {str(error.error)[:100]!r}") from None
    except httpx2.TransportError as error:
        raise unreachable(error) from None
    except (httpx2.HTTPError, ValueError, TypeError, OverflowError, RecursionError):
        raise ProviderError("The provider's answer to the code can't be read.") from None
    return answer


def _checked(provider: Provider, about: Known, token: object, nonce: str) -> dict[str, Any]:
    """The claims of an ID token that is the provider's own, for us, fresh, and of this very sign-in."""
    if not isinstance(token, str):
        raise ProviderError("The provider sent no ID token.")
    try:
        decoded = _decoded(provider, about, token)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
            },
            params={"nonce": nonce, "client_id": provider.client_id},
        )
        claims.validate(leeway=LEEWAY_S)
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise ProviderError(f"The ID token does not hold ({type(error).__name__}).") from None
    return dict(claims)


def _decoded(provider: Provider, about: Known, token: str) -> jwt.Token:
    """The token with its signature checked; if its key is not known, with the keys of this moment."""
    for fresh in (False, True):
        found = known(provider, fresh=True) if fresh else about
        # Never without a list: the library would then take shared secrets too.
        algorithms = found.metadata.algorithms or ["RS256"]
        registry = JWSRegistry(algorithms=algorithms, strict_check_header=False)
        try:
            return jwt.decode(token, found.keys, algorithms, registry)
        except InvalidKeyIdError:
            if fresh:
                raise
    raise AssertionError("unreachable: the second round returns or raises")


def _person(claims: dict[str, Any]) -> _Person:
    try:
        person = _Person.model_validate(claims)
    except ValueError:
        raise ProviderError("The ID token's claims can't be read.") from None
    if not 0 < len(person.sub) <= 255 or not person.sub.isascii() or not person.sub.isprintable():
        raise ProviderError("The ID token names no subject.")
    return person
