"""Models of signing in, and of what belongs to a person."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from app.api.schemas.common import (
    TOKEN,
    At,
    Bool,
    Code,
    Email,
    Id,
    Ids,
    In,
    Name,
    NewPassword,
    Out,
    Password,
    Token,
)
from identity.permissions import Permission, Role

PERSON = "A person"


class Registration(In):
    """What an account is made of; with `organization`, one of that name which you own."""

    email: Email
    name: Annotated[Name, Field(examples=[PERSON])]
    password: NewPassword
    organization: Annotated[Name, Field(examples=["Lindenhof Agency"])] | None = None


class Confirmation(In):
    """The token of the link in the e-mail, and the account's password."""

    token: Token
    password: Password


class Credentials(In):
    """Who signs in."""

    email: Email
    password: Password


class Tokens(Out):
    """What opens the API: for `expires_in` seconds, and then a new pair for the refresh token, once."""

    access_token: str = Field(examples=[TOKEN])
    refresh_token: str = Field(examples=[TOKEN])
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a kind of token, not one
    expires_in: int = Field(examples=[900])


class SecondFactorNeeded(Out):
    """The password was right; now `POST /auth/second-factor` with this challenge, within 5 minutes."""

    needs_second_factor: Literal[True] = True
    challenge: str = Field(examples=[TOKEN])


class SecondFactorCode(In):
    """The challenge of the sign-in, met."""

    challenge: Token
    code: Code


class RefreshToken(In):
    """What is exchanged for a new pair, once."""

    refresh_token: Token


class Everywhere(In):
    """Which sessions to end."""

    keep_this: Annotated[Bool, Field(description="All but the one that asks.")] = False


class Address(In):
    """An e-mail address that somebody says is theirs."""

    email: Email


class NewPasswordByLink(In):
    """The token of the link in the e-mail, and a new password."""

    token: Token
    password: NewPassword


class MyOrganization(Out):
    """The organization you act in, and as what. `brand_ids` null is the whole organization."""

    id: Id
    name: str = Field(examples=["Lindenhof Agency"])
    role: Role
    brand_ids: Ids | None


class Me(Out):
    """You, as this token or key makes you. `confined`: an organization's own provider vouched for you."""

    id: Id
    email: str = Field(examples=["person@example.com"])
    name: str = Field(examples=[PERSON])
    super_admin: bool
    confined: bool
    api_key_id: Id | None
    organization: MyOrganization | None
    permissions: list[Permission] = Field(description="What you may do there, with this token or key.")


class MyName(In):
    """Your name."""

    name: Annotated[Name, Field(examples=[PERSON])]


class PasswordChange(In):
    """The present password, and the new one."""

    old: Password
    password: NewPassword


class AddressChange(In):
    """The address you want, and your password."""

    email: Email
    password: Password


class Session(Out):
    """Where you are signed in. `last_seen_at` is right to the minute; `current` is the one that asks."""

    id: Id
    kind: Literal["browser", "api"]
    organization: str | None = Field(examples=["Lindenhof Agency"])
    created_at: At
    last_seen_at: At
    expires_at: At
    ip: str | None = Field(examples=["192.0.2.7"])
    user_agent: str | None
    current: bool


class SecondFactor(Out):
    """How things stand; `since` is null without a second factor."""

    since: At | None
    recovery_codes_left: int


class Enrolment(Out):
    """What an authenticator app needs: the secret to type, the same as an address, and as a picture (SVG)."""

    secret: str = Field(examples=["JBSWY3DPEHPK3PXP"])
    uri: str
    qr_svg: str


class CodeOnly(In):
    """A code of the authenticator."""

    code: Code


class PasswordAndCode(In):
    """Your password, and a code of the authenticator or a recovery code."""

    password: Password
    code: Code


class RecoveryCodes(Out):
    """Each stands in once for a lost authenticator. They are shown this once."""

    recovery_codes: list[str] = Field(examples=[["4f2k-9x1m-7q3z-p8vd"]])


class Entered(In):
    """The organization to act in from now on."""

    organization_id: Id
