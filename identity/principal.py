"""Who acts: a signed-in person, and the organization they act in."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from foundation.database import Tenant
from identity.permissions import Permission, Role


@dataclass(frozen=True)
class Origin:
    """Where a request comes from: the address of the machine, and what the program calls itself."""

    ip: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True)
class Visitor:
    """Someone who is signed in but (yet) in no organization.

    `confined`: an organization's own identity provider vouched for them. It opens that organization alone,
    never what belongs to the person elsewhere: password, address, second factor, other organizations.
    """

    person_id: UUID
    email: str
    name: str
    super_admin: bool
    session_id: UUID | None  # None: an API key acts
    confined: bool


@dataclass(frozen=True)
class Principal(Visitor):
    """A member acting in an organization.

    `brand_ids` None is the whole organization. `scopes` and `account_ids` narrow an API key; None: no limit.
    """

    organization_id: UUID
    organization_name: str
    role: Role
    brand_ids: frozenset[UUID] | None = None
    scopes: frozenset[Permission] | None = None
    account_ids: frozenset[UUID] | None = None
    api_key_id: UUID | None = None

    @property
    def tenant(self) -> Tenant:
        """What this caller's transactions are bound to."""
        return Tenant(self.organization_id, self.brand_ids, self.account_ids)

    @property
    def caller(self) -> str:
        """The name that limits and idempotency keys go by.

        Whom an organization's provider vouches for has another than the person themselves: that organization
        uses up no limit of theirs elsewhere, and gets no answer that was theirs.
        """
        if self.api_key_id is not None:
            return f"key:{self.api_key_id}"
        return f"person:{self.person_id}" + (f"@{self.organization_id}" if self.confined else "")
