"""Signing in by an OpenID provider: the authorization code flow, with PKCE, state and nonce.

Each organization has a return address of its own, so that no organization's provider is given the code of
another provider: it could send a browser on to that one, and have the code brought here under its own name
(a mix-up, RFC 9700, section 4.4).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from sqlalchemy.exc import IntegrityError

from foundation.settings import Settings
from identity import inputs, limits, signing_in
from identity.audit import Action, Target, record_at_door
from identity.errors import NotFoundError, SignInError
from identity.limits import Limit
from identity.oidc import admission
from identity.oidc.admission import Invited
from identity.oidc.discovery import known
from identity.oidc.provider import Provider, ProviderError, enabled, of_installation, of_organization
from identity.oidc.state import State, new_state, opened
from identity.oidc.tokens import Claims, redeem
from identity.oidc.turns import turn
from identity.opening import Admitted
from identity.principal import Origin
from identity.work import Door, at_the_door

log = logging.getLogger(__name__)

SCOPE: Final = "openid email profile"
RETURN_PATH: Final = "/sso/callback"
# Leaving and coming back, from one network: an office full of people, and no flood.
TRIES: Final = Limit("oidc", 1200, 900)

UNKNOWN: Final = "There is no such sign-in. Ask your administrator for the right address."


@dataclass(frozen=True)
class Arrived:
    """Somebody who may come in (or has their second factor still to show), and where they were going."""

    admitted: Admitted
    next: str


@dataclass(frozen=True)
class InvitationSent:
    """Nobody comes in: an e-mail is on its way to the address, which shows whether it is theirs."""

    provider_name: str


def begin(
    provider_id: UUID | None, next_path: str, settings: Settings, origin: Origin | None = None
) -> tuple[str, str]:
    """The provider's address to send the browser to, and the value of the cookie to give it (600 s).

    Without an id it is the installation's provider.

    Raises:
        NotFoundError: there is no such provider, or it is not in use.
        SignInError: the provider does not answer as it must.
        TooManyTriesError: too many of these from one network.
    """
    if origin is not None:
        limits.count(TRIES, limits.network_of(origin.ip), settings)
    with at_the_door(settings=settings) as door:
        provider = _provider(door, provider_id)
    if provider is None:
        raise NotFoundError(UNKNOWN)
    state = new_state(provider_id, next_path)
    try:
        with turn(provider):
            url = _address(provider, state, settings)
    except ProviderError as error:
        raise _failed(provider.id, provider.name, error) from None
    return url, state.sealed(settings)


def finish(
    sealed: str | None, answer: Mapping[str, str], origin: Origin, settings: Settings, *, path: str
) -> Arrived | InvitationSent:
    """What came of it, from the cookie and the query that the browser brought back, and the path it came to.

    Raises:
        SignInError: nobody comes in; the message is the same whether or not the address has an account.
        TooManyTriesError: too many of these from one network.
    """
    state = opened(sealed, answer.get("state", ""), settings)
    limits.count(TRIES, limits.network_of(origin.ip), settings)
    with at_the_door(origin, settings=settings) as door:
        provider = _provider(door, state.provider_id)
    if provider is None:
        raise SignInError(UNKNOWN)
    try:
        if path != return_path(provider.organization_id):
            raise ProviderError("The answer came to another provider's address.")
        with turn(provider):
            claims = _claims(provider, state, answer, settings)
    except ProviderError as error:
        raise _failed(provider.id, provider.name, error) from None
    try:
        with at_the_door(origin, settings=settings) as door:
            person_id = _admitted(door, provider, claims)
    except IntegrityError:  # the provider or the person was deleted at this moment
        person_id = None
    if person_id is None:
        raise SignInError(
            f"{provider.name} can't sign you in here. Ask for an invitation, or sign in with your password."
        )
    if person_id == admission.INVITED:
        return InvitationSent(provider.name)
    return Arrived(_opening(provider, person_id, origin, settings), state.next)


def return_path(organization_id: UUID | None) -> str:
    """The path that browsers come back to: from an organization's providers, or the installation's (None)."""
    return RETURN_PATH if organization_id is None else f"{RETURN_PATH}/{organization_id}"


def redirect_uri(settings: Settings, organization_id: UUID | None = None) -> str:
    """Where its providers send browsers back to; it has to be registered there."""
    return f"{settings.public_url}{return_path(organization_id)}"


def _address(provider: Provider, state: State, settings: Settings) -> str:
    """Where the browser is sent to (OpenID Connect Core 1.0, section 3.1.2.1; RFC 7636)."""
    address: str = prepare_grant_uri(
        known(provider).metadata.authorization_endpoint,
        client_id=provider.client_id,
        response_type="code",
        redirect_uri=redirect_uri(settings, provider.organization_id),
        scope=SCOPE,
        state=state.state,
        nonce=state.nonce,
        code_challenge=create_s256_code_challenge(state.verifier),
        code_challenge_method="S256",
    )
    return address


def _provider(door: Door, provider_id: UUID | None) -> Provider | None:
    if provider_id is None:
        return of_installation(door.settings)
    row = enabled(door, provider_id)
    if row is None:
        return None
    try:
        return of_organization(row, door.settings)
    except ProviderError as error:
        raise _failed(row.id, row.name, error) from None


def _claims(provider: Provider, state: State, answer: Mapping[str, str], settings: Settings) -> Claims:
    """Who the provider says this is.

    Raises:
        ProviderError: it says so of nobody, or not as it must.
        SignInError: the person pressed "Cancel" there.
    """
    if answer.get("error") == "access_denied":
        raise SignInError(f"The sign-in with {provider.name} was cancelled.")
    about = known(provider).metadata
    issuer = answer.get("iss")
    # RFC 9207: an answer of another provider, carried here, is not taken for this one's.
    if issuer != provider.issuer and (issuer or about.authorization_response_iss_parameter_supported):
        raise ProviderError("The answer is another issuer's.")
    code = answer.get("code")
    if not code:
        raise ProviderError(f"The provider answers with an error: {answer.get('error', 'none')[:100]!r}")
    return redeem(
        provider,
        code,
        verifier=state.verifier,
        nonce=state.nonce,
        redirect_uri=redirect_uri(settings, provider.organization_id),
    )


def _admitted(door: Door, provider: Provider, claims: Claims) -> UUID | Invited | None:
    """Let in, invite or refuse (None), as things stand now that the provider has answered."""
    admitted: UUID | Invited | None
    if provider.id is None:
        admitted = admission.admit(door, provider, claims)
    else:
        row = enabled(door, provider.id)
        unchanged = row is not None and (row.issuer, row.client_id) == (provider.issuer, provider.client_id)
        admitted = admission.admit_member(door, provider, row, claims) if row and unchanged else None
    if admitted is None:
        record_at_door(
            door,
            Action.SIGN_IN_FAILED,
            Target("identity_provider", provider.id, provider.name),
            who=inputs.asked_address(claims.email or ""),
            organization_id=provider.organization_id,
        )
    return admitted


def _opening(provider: Provider, person_id: UUID, origin: Origin, settings: Settings) -> Admitted:
    """What may be opened: everything of the person's, after their second factor; or one organization.

    An organization decides by its provider what its people have to show, so nothing more is asked there.
    """
    if provider.id is None:
        return signing_in.admit(person_id, origin, settings=settings)
    return Admitted(person_id, organization_id=provider.organization_id, provider_id=provider.id)


def _failed(provider_id: UUID | None, name: str, error: ProviderError) -> SignInError:
    """What people are told; what was wrong is for whoever runs this."""
    log.warning("sign-in by provider %s: %s", provider_id or "of the installation", error)
    return SignInError(f"Signing in with {name} did not work. Please try again, or tell an administrator.")
