"""Registering, signing in and out. Answers do not reveal whether an address has an account."""

from __future__ import annotations

from app.api.callers import AtTheDoor, From, SignedIn
from app.api.problems import refusals
from app.api.route import Router
from app.api.schemas.people import (
    Address,
    Confirmation,
    Credentials,
    Everywhere,
    NewPasswordByLink,
    RefreshToken,
    Registration,
    SecondFactorCode,
    SecondFactorNeeded,
    Tokens,
)
from identity import password_reset, profile, registration, sessions
from identity.errors import ForbiddenError
from identity.sessions import Admitted
from identity.work import at_the_door

router = Router("auth")

# These count tries and hash passwords before their transaction begins, so they open their own.


@router.post("/auth/register", status_code=204, summary="Register", responses=refusals(403))
def register(new: Registration, caller: From) -> None:
    """Sends a link to the address; the account is made with it and this password."""
    with at_the_door(caller.origin, settings=caller.settings) as door:
        registration.register(door, new.email, new.name, new.password, new.organization)


@router.post(
    "/auth/confirm", status_code=204, summary="Confirm a registration", responses=refusals(401, 403, 410)
)
def confirm(link: Confirmation, caller: From) -> None:
    """Makes the account. Then sign in."""
    with at_the_door(caller.origin, settings=caller.settings) as door:
        registration.confirm(door, link.token, link.password)


@router.post("/auth/forgot-password", status_code=204, summary="Ask for a link to choose a new password")
def forgot_password(asked: Address, caller: From) -> None:
    """The answer is the same whether the address has an account or not."""
    with at_the_door(caller.origin, settings=caller.settings) as door:
        password_reset.ask(door, asked.email)


@router.post("/auth/sign-in", summary="Sign in", responses=refusals(401))
def sign_in(credentials: Credentials, caller: From) -> Tokens | SecondFactorNeeded:
    """Gives tokens, or a challenge to someone with a second factor. 5 tries in 15 minutes."""
    admitted = sessions.sign_in(
        credentials.email, credentials.password, caller.origin, settings=caller.settings
    )
    if admitted.needs_second_factor is not None:
        return SecondFactorNeeded(challenge=admitted.needs_second_factor)
    return _opened(admitted, caller)


@router.post("/auth/second-factor", summary="Sign in with the second factor", responses=refusals(401))
def second_factor(met: SecondFactorCode, caller: From) -> Tokens:
    """The second step of signing in."""
    admitted = sessions.pass_second_factor(met.challenge, met.code, caller.origin, settings=caller.settings)
    return _opened(admitted, caller)


@router.post("/auth/refresh", summary="Exchange a refresh token", responses=refusals(401))
def refresh(exchanged: RefreshToken, caller: From) -> Tokens:
    """For a new pair of tokens, once. One that comes a second time ends all tokens of that sign-in."""
    found = sessions.refresh(exchanged.refresh_token, caller.origin, settings=caller.settings)
    return Tokens.model_validate(found)


@router.post("/auth/sign-out", status_code=204, summary="Sign out")
def sign_out(visitor: SignedIn, caller: From) -> None:
    """Ends the session that asks, with all its tokens."""
    if visitor.session_id is None:
        raise ForbiddenError("An API key can't sign out. End it with DELETE /api-keys/{key_id}.")
    sessions.end_session(visitor, visitor.session_id, caller.origin, settings=caller.settings)


@router.post("/auth/sign-out-everywhere", status_code=204, summary="Sign out everywhere")
def sign_out_everywhere(which: Everywhere, visitor: SignedIn, caller: From) -> None:
    """Ends all your sessions. API keys stay."""
    sessions.sign_out_everywhere(visitor, caller.origin, which.keep_this, settings=caller.settings)


@router.post(
    "/auth/reset-password", status_code=204, summary="Choose a new password", responses=refusals(410)
)
def reset_password(new: NewPasswordByLink, door: AtTheDoor) -> None:
    """Ends all sessions."""
    password_reset.reset(door, new.token, new.password)


@router.post(
    "/auth/confirm-address", status_code=204, summary="Confirm a new address", responses=refusals(410)
)
def confirm_address(link: Confirmation, caller: From) -> None:
    """From now on it is the address to sign in with."""
    with at_the_door(caller.origin, settings=caller.settings) as door:
        profile.confirm_new_address(door, link.token, link.password)


def _opened(admitted: Admitted, caller: From) -> Tokens:
    opened = sessions.open_api(admitted, caller.origin, settings=caller.settings)
    return Tokens.model_validate(opened)
