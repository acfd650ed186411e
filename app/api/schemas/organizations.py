"""Models of organizations."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, with_config
from typing_extensions import TypedDict

from app.api.schemas.common import EXAMPLE_ID, IN, At, Colour, Id, In, Name, Out
from identity.organizations import MOST_MISSED_AFTER_MINUTES
from identity.permissions import Role

AGENCY = "Lindenhof Agency"
MissedAfter = Annotated[
    int,
    Field(
        ge=1,
        le=MOST_MISSED_AFTER_MINUTES,
        description="A post that can't be sent within so many minutes of its time is missed. Null: the "
        "installation's limit (30, unless it sets another).",
        examples=[120],
    ),
]


class OrganizationEntry(Out):
    """An organization that you are a member of, and as what."""

    id: Id
    name: str = Field(examples=[AGENCY])
    role: Role
    limited: bool = Field(description="To some of its brands.")


class Organization(Out):
    """The organization that you act in."""

    id: Id
    name: str = Field(examples=[AGENCY])
    colour: str = Field(examples=["#2456e6"])
    missed_after_minutes: MissedAfter | None
    created_at: At


class NewOrganization(In):
    """An organization to make; you become its owner."""

    name: Annotated[Name, Field(examples=[AGENCY])]


class OrganizationMade(Out):
    """The id of what was made."""

    id: Id = Field(examples=[EXAMPLE_ID])


@with_config(IN)
class OrganizationChanges(TypedDict, total=False):
    """What to change of the organization; the rest stays."""

    name: Annotated[Name, Field(examples=[AGENCY])]
    colour: Colour
    missed_after_minutes: MissedAfter | None


class InstalledOrganization(Out):
    """An organization of the installation. 30 days after `deleted_at` it is removed for good."""

    id: Id
    name: str = Field(examples=[AGENCY])
    members: int
    created_at: At
    deleted_at: At | None
