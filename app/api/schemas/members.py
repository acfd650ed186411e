"""Models of members and invitations."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.api.schemas.common import At, Email, Id, Ids, In, Name, NewPassword, Out, SomeIds, Token
from identity.invitations import Delivery, InvitationState
from identity.permissions import Role

Address = Annotated[str, Field(examples=["person@example.com"])]
BrandIds = Annotated[
    Ids | None, Field(description="The brands it is limited to; null is the whole organization.")
]
NewBrandIds = Annotated[
    SomeIds | None, Field(description="The brands it is limited to; null is the whole organization.")
]


class Member(Out):
    """A member as you see them; `manageable` tells whether you may change or remove them."""

    person_id: Id
    email: Address
    name: str = Field(examples=["A person"])
    role: Role
    brand_ids: BrandIds
    since: At
    second_factor: bool
    manageable: bool


class Grant(In):
    """A role, for the whole organization or for some of its brands."""

    role: Role
    brand_ids: NewBrandIds = None


class NewInvitation(Grant):
    """Whom to invite, and as what."""

    email: Email


class Invitation(Out):
    """An invitation. `delivery` is where its newest e-mail stands, and `problem` why it did not go out."""

    id: Id
    email: Address
    role: Role
    brand_ids: BrandIds
    state: InvitationState
    invited_by: Address | None
    created_at: At
    expires_at: At
    sent_count: int
    delivery: Delivery
    problem: str | None


class InvitationToken(In):
    """The token of the link in the e-mail."""

    token: Token


class Invited(Out):
    """What a link offers. `has_account`: sign in to take it; otherwise choose a name and a password."""

    email: Address
    organization_id: Id
    organization: str = Field(examples=["Lindenhof Agency"])
    colour: str = Field(examples=["#2456e6"])
    role: Role
    inviter: str | None
    expires_at: At
    has_account: bool


class Acceptance(In):
    """The link's token; for someone without an account, also what theirs is made of."""

    token: Token
    name: Annotated[Name, Field(examples=["A person"])] | None = None
    password: NewPassword | None = None


class Joined(Out):
    """Who has become a member."""

    person_id: Id
