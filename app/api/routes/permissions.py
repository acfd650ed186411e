"""The table of permissions, for those who build on it."""

from __future__ import annotations

from app.api.route import Router
from app.api.schemas.common import Listed, Out
from identity.permissions import TABLE, Permission, Role, permissions_of

router = Router("permissions")


class RolePermissions(Out):
    """What a role may do, in the whole organization and limited to brands. The names are scopes of keys."""

    role: Role
    permissions: list[Permission]
    limited_to_brands: list[Permission]


@router.get("/permissions", summary="What each role may do")
def list_all() -> Listed[RolePermissions]:
    """From OWNER to VIEWER each may do less than the one before; a CLIENT stands beside them."""
    return Listed(items=[_of(role) for role in TABLE], next_cursor=None)


def _of(role: Role) -> RolePermissions:
    whole, limited = (sorted(permissions_of(role, limited=limited)) for limited in (False, True))
    return RolePermissions(role=role, permissions=whole, limited_to_brands=limited)
