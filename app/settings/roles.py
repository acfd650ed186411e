"""Roles in plain words, and the choice of a role with the brands it is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import streamlit as st

from app.views.notices import escaped
from identity.permissions import Role, may_grant
from identity.principal import Principal

LABELS: Final[Mapping[Role, str]] = {
    Role.OWNER: "Owner",
    Role.ADMIN: "Administrator",
    Role.EDITOR: "Editor",
    Role.MEMBER: "Member",
    Role.VIEWER: "Viewer",
    Role.CLIENT: "Client",
}
MEANINGS: Final[Mapping[Role, str]] = {
    Role.OWNER: "Everything, and alone may delete the organization.",
    Role.ADMIN: "People, brands, accounts, keys and the audit trail, and all that editors do.",
    Role.EDITOR: "Writes and approves posts, makes reports.",
    Role.MEMBER: "Writes posts, sees numbers and reports.",
    Role.VIEWER: "Sees everything, changes nothing.",
    Role.CLIENT: "Your client: sees and approves one brand's posts and reports, nothing else.",
}
WHOLE, SOME = "Whole organization", "Only some brands"
Given = tuple[Role, frozenset[UUID] | None]


def scope(brand_ids: frozenset[UUID] | None, names: Mapping[UUID, str]) -> str:
    """The brands of a membership in words; None is the whole organization."""
    if brand_ids is None:
        return WHOLE
    known = sorted(names[brand_id] for brand_id in brand_ids if brand_id in names)
    return ", ".join(known) or "No brand"


def grantable(principal: Principal, names: Mapping[UUID, str]) -> list[Role]:
    """The roles that the caller may give to somebody, for the whole organization or for some brands."""
    return [role for role in Role if _whole(principal, role) or _some(principal, role, names)]


def choose(principal: Principal, names: Mapping[UUID, str], key: str, present: Given | None = None) -> None:
    """Draw the choice; `chosen` with the same key reads it. `present` is what somebody has now."""
    offered = grantable(principal, names)
    role = present[0] if present and present[0] in offered else _usual(offered)
    picked: Role = st.radio(
        "Role",
        offered,
        index=offered.index(role),
        format_func=LABELS.__getitem__,
        captions=[MEANINGS[role] for role in offered],
        key=f"{key}_role",
    )
    had = (present[1] if present else None) or frozenset()
    if picked is Role.CLIENT:
        _one_brand(names, had, key)
    elif picked is not Role.OWNER:
        _scope(principal, picked, names, had, key)


def chosen(key: str) -> Given:
    """What was chosen, as the browser sent it. No brand at all where they are still to be chosen: never
    the whole organization by omission.
    """
    role: Role = st.session_state[f"{key}_role"]
    if role is Role.OWNER:
        return role, None
    if role is Role.CLIENT:
        brand_id = st.session_state.get(f"{key}_brand")
        return role, frozenset() if brand_id is None else frozenset({brand_id})
    if st.session_state.get(f"{key}_scope") == WHOLE:
        return role, None
    return role, frozenset(st.session_state.get(f"{key}_brands", ()))


def _usual(offered: list[Role]) -> Role:
    return Role.MEMBER if Role.MEMBER in offered else offered[0]


def _one_brand(names: Mapping[UUID, str], had: frozenset[UUID], key: str) -> None:
    st.selectbox(
        "Brand",
        list(names),
        index=next((place for place, brand_id in enumerate(names) if brand_id in had), None),
        format_func=names.__getitem__,
        placeholder="Choose the client's brand",
        key=f"{key}_brand",
    )


def _scope(
    principal: Principal, role: Role, names: Mapping[UUID, str], had: frozenset[UUID], key: str
) -> None:
    options = [WHOLE] if _whole(principal, role) else []
    if _some(principal, role, names):
        options.append(SOME)
    part: str = st.radio(
        "For",
        options,
        index=len(options) - 1 if had else 0,
        key=f"{key}_scope",
        horizontal=True,
    )
    if part == SOME:
        st.multiselect(
            "Brands",
            list(names),
            default=[brand_id for brand_id in names if brand_id in had],
            format_func=names.__getitem__,
            placeholder="Choose one or more",
            key=f"{key}_brands",
        )
        if role is Role.ADMIN:
            st.caption(escaped("Of these brands alone, without keys, providers and the audit trail."))


def _whole(principal: Principal, role: Role) -> bool:
    return role is not Role.CLIENT and may_grant(principal, role, None)


def _some(principal: Principal, role: Role, names: Mapping[UUID, str]) -> bool:
    return role is not Role.OWNER and bool(names) and may_grant(principal, role, frozenset(names))
