"""Who may do what: the one table of permissions, and the one function that decides.

Pages, API and command line all ask `may` (or `require`); row-level security stands behind it.
"""

from __future__ import annotations

from collections.abc import Set
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from uuid import UUID

from identity.errors import ForbiddenError

if TYPE_CHECKING:
    from identity.principal import Principal


class Role(StrEnum):
    """The role of a person in an organization.

    From OWNER to VIEWER each may do less than the one before. A CLIENT stands beside them: someone of the
    agency's client, who sees and approves one brand's posts and reports.
    """

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    EDITOR = "EDITOR"
    MEMBER = "MEMBER"
    VIEWER = "VIEWER"
    CLIENT = "CLIENT"


class Permission(StrEnum):
    """Something that can be done in an organization. The values are the scopes of API keys."""

    ORGANIZATION_READ = "organization:read"
    ORGANIZATION_UPDATE = "organization:update"
    ORGANIZATION_DELETE = "organization:delete"
    MEMBERS_READ = "members:read"
    MEMBERS_MANAGE = "members:manage"
    BRANDS_READ = "brands:read"
    BRANDS_CREATE = "brands:create"
    BRANDS_UPDATE = "brands:update"
    BRANDS_DELETE = "brands:delete"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_CONNECT = "accounts:connect"
    POSTS_READ = "posts:read"
    POSTS_WRITE = "posts:write"
    POSTS_APPROVE = "posts:approve"
    ANALYTICS_READ = "analytics:read"
    REPORTS_READ = "reports:read"
    REPORTS_CREATE = "reports:create"
    PROVIDERS_MANAGE = "identity_providers:manage"
    API_KEYS_MANAGE = "api_keys:manage"
    WEBHOOKS_MANAGE = "webhooks:manage"
    AUDIT_READ = "audit:read"


_P = Permission
_VIEWER: Final = frozenset(
    {
        _P.ORGANIZATION_READ, _P.MEMBERS_READ, _P.BRANDS_READ, _P.ACCOUNTS_READ, _P.POSTS_READ,
        _P.ANALYTICS_READ, _P.REPORTS_READ,
    }
)  # fmt: skip
_MEMBER: Final = _VIEWER | {_P.POSTS_WRITE}
_EDITOR: Final = _MEMBER | {_P.POSTS_APPROVE, _P.REPORTS_CREATE}
_ADMIN: Final = _EDITOR | {
    _P.ORGANIZATION_UPDATE, _P.MEMBERS_MANAGE, _P.BRANDS_CREATE, _P.BRANDS_UPDATE, _P.BRANDS_DELETE,
    _P.ACCOUNTS_CONNECT, _P.PROVIDERS_MANAGE, _P.API_KEYS_MANAGE, _P.WEBHOOKS_MANAGE,
    _P.AUDIT_READ,
}  # fmt: skip

TABLE: Final[dict[Role, frozenset[Permission]]] = {
    Role.OWNER: _ADMIN | {_P.ORGANIZATION_DELETE},
    Role.ADMIN: _ADMIN,
    Role.EDITOR: _EDITOR,
    Role.MEMBER: _MEMBER,
    Role.VIEWER: _VIEWER,
    Role.CLIENT: frozenset({_P.BRANDS_READ, _P.POSTS_READ, _P.POSTS_APPROVE, _P.REPORTS_READ}),
}

# Of the organization as a whole: a membership limited to brands does not hold these.
ORGANIZATION_WIDE: Final = frozenset(
    {
        _P.ORGANIZATION_UPDATE, _P.ORGANIZATION_DELETE, _P.BRANDS_CREATE, _P.BRANDS_DELETE,
        _P.PROVIDERS_MANAGE, _P.API_KEYS_MANAGE, _P.WEBHOOKS_MANAGE, _P.AUDIT_READ,
    }
)  # fmt: skip


def permissions_of(role: Role, *, limited: bool) -> frozenset[Permission]:
    """What a role holds, for the whole organization or limited to brands."""
    return TABLE[role] - ORGANIZATION_WIDE if limited else TABLE[role]


def held(principal: Principal) -> frozenset[Permission]:
    """What the caller holds: of their role, and of it no more than the API key's scopes."""
    own = permissions_of(principal.role, limited=principal.brand_ids is not None)
    return own if principal.scopes is None else own & principal.scopes


def may(principal: Principal, permission: Permission, brand_id: UUID | None = None) -> bool:
    """Whether the caller may do this; with `brand_id`, whether they may in this brand."""
    if permission not in held(principal):
        return False
    return brand_id is None or principal.brand_ids is None or brand_id in principal.brand_ids


def require(principal: Principal, permission: Permission, brand_id: UUID | None = None) -> None:
    """Go on only if the caller may.

    Raises:
        ForbiddenError: they may not.
    """
    if not may(principal, permission, brand_id):
        raise ForbiddenError


def may_grant(principal: Principal, role: Role, brand_ids: Set[UUID] | None) -> bool:
    """Whether the caller may give (or take) this role for these brands (None: the whole organization).

    Nobody can grant more than they hold: no permission they lack, no brand they don't see. A key limited to
    accounts grants nothing, for every role sees all accounts of its brands.
    """
    if not may(principal, Permission.MEMBERS_MANAGE) or principal.account_ids is not None:
        return False
    if principal.brand_ids is not None and (brand_ids is None or not brand_ids <= principal.brand_ids):
        return False
    return permissions_of(role, limited=brand_ids is not None) <= held(principal)
