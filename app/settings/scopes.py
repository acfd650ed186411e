"""What an API key may do, in plain words and in groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import streamlit as st

from identity.permissions import Permission

# A permission that is not named here shows under its own name.
WORDS: Final[Mapping[Permission, str]] = {
    Permission.ORGANIZATION_READ: "See its name and look",
    Permission.ORGANIZATION_UPDATE: "Change its name and look",
    Permission.ORGANIZATION_DELETE: "Delete the organization",
    Permission.MEMBERS_READ: "See members",
    Permission.MEMBERS_MANAGE: "Invite, change and remove members",
    Permission.BRANDS_READ: "See brands",
    Permission.BRANDS_CREATE: "Add brands",
    Permission.BRANDS_UPDATE: "Change brands",
    Permission.BRANDS_DELETE: "Delete brands",
    Permission.ACCOUNTS_READ: "See accounts",
    Permission.ACCOUNTS_CONNECT: "Connect accounts",
    Permission.POSTS_READ: "See posts",
    Permission.POSTS_WRITE: "Write and schedule posts",
    Permission.POSTS_APPROVE: "Approve posts",
    Permission.ANALYTICS_READ: "Read numbers",
    Permission.REPORTS_READ: "Read reports",
    Permission.REPORTS_CREATE: "Make reports",
    Permission.PROVIDERS_MANAGE: "Manage identity providers",
    Permission.API_KEYS_MANAGE: "See and revoke API keys",
    Permission.WEBHOOKS_MANAGE: "Manage webhooks and see their log",
    Permission.AUDIT_READ: "Read the audit trail",
}


def words(permission: Permission) -> str:
    """The permission in plain words."""
    return WORDS.get(permission, permission.value)


def groups(permissions: Iterable[Permission]) -> dict[str, list[Permission]]:
    """The permissions under the name of what they are about, in the order of the table."""
    found: dict[str, list[Permission]] = {}
    given = frozenset(permissions)
    for permission in Permission:
        if permission in given:
            name = permission.value.partition(":")[0].replace("_", " ")
            found.setdefault(name[0].upper() + name[1:], []).append(permission)
    return {name.replace("Api", "API"): group for name, group in found.items()}


def choose(held: Iterable[Permission], key: str) -> None:
    """Draw a box for each of these permissions; `chosen` with the same key reads them."""
    grouped = groups(held)
    st.button(
        "Choose all that only read", type="tertiary", icon=":material/done_all:", key=f"{key}_reading",
        on_click=_choose_reading, args=(grouped, key),
    )  # fmt: skip
    columns = st.columns(2)
    for place, (name, group) in enumerate(grouped.items()):
        with columns[place % 2], st.container(gap=None, key=f"scopes_{key}_{place}"):
            st.markdown(f"**{name}**")
            for permission in group:
                st.checkbox(words(permission), key=_box(key, permission))


def chosen(key: str) -> frozenset[Permission]:
    """The permissions whose boxes are ticked."""
    return frozenset(permission for permission in Permission if st.session_state.get(_box(key, permission)))


def _choose_reading(grouped: Mapping[str, list[Permission]], key: str) -> None:
    for permission in (permission for group in grouped.values() for permission in group):
        st.session_state[_box(key, permission)] = permission.value.endswith(":read")


def _box(key: str, permission: Permission) -> str:
    return f"{key}_{permission.value}"
