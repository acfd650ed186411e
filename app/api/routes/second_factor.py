"""Your second factor: an authenticator app, and recovery codes beside it."""

from __future__ import annotations

from app.api.callers import From, SignedIn
from app.api.problems import refusals
from app.api.route import Router
from app.api.schemas.people import CodeOnly, Enrolment, PasswordAndCode, RecoveryCodes, SecondFactor
from identity import second_factor

router = Router("me")


@router.get("/me/second-factor", summary="Your second factor", responses=refusals(403))
def state(visitor: SignedIn, caller: From) -> SecondFactor:
    """Whether you have one, and how many recovery codes are left."""
    return SecondFactor.model_validate(second_factor.state(visitor, caller.settings))


@router.post("/me/second-factor", summary="Begin to set up a second factor")
def begin(visitor: SignedIn, caller: From) -> Enrolment:
    """It counts for nothing until a code of it is confirmed."""
    return Enrolment.model_validate(second_factor.begin(visitor, caller.settings))


@router.post("/me/second-factor/confirm", summary="Turn the second factor on")
def confirm(given: CodeOnly, visitor: SignedIn, caller: From) -> RecoveryCodes:
    """With a code of the authenticator."""
    codes = second_factor.confirm(visitor, given.code, caller.origin, caller.settings)
    return RecoveryCodes(recovery_codes=codes)


@router.post("/me/second-factor/remove", status_code=204, summary="Turn the second factor off")
def remove(given: PasswordAndCode, visitor: SignedIn, caller: From) -> None:
    """With your password and a code of either kind."""
    second_factor.remove(visitor, given.password, given.code, caller.origin, caller.settings)


@router.post("/me/second-factor/recovery-codes", summary="Make new recovery codes")
def new_recovery_codes(given: PasswordAndCode, visitor: SignedIn, caller: From) -> RecoveryCodes:
    """In the place of all before them."""
    codes = second_factor.new_recovery_codes(
        visitor, given.password, given.code, caller.origin, caller.settings
    )
    return RecoveryCodes(recovery_codes=codes)
