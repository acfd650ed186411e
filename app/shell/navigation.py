"""Which pages there are, and who finds them in the navigation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import streamlit as st

from app.pages import accounts, composer, overview, posts
from app.pages.settings import (
    api_keys,
    audit,
    brands,
    identity_provider,
    organization,
    people,
    profile,
)
from identity.permissions import Permission, may
from identity.principal import Principal


class Setting(NamedTuple):
    """A page of the settings; who does not hold what it `needs` does not find it in the navigation."""

    draw: Callable[[], None]
    title: str
    icon: str
    path: str
    needs: Permission | None


SETTINGS: Final = (
    Setting(organization.page, "Organization", "apartment", "organization", Permission.ORGANIZATION_READ),
    Setting(brands.page, "Brands", "sell", "brands", Permission.ORGANIZATION_READ),
    Setting(people.page, "People", "group", "people", Permission.MEMBERS_READ),
    Setting(
        identity_provider.page,
        "Identity provider",
        "passkey",
        "identity-provider",
        Permission.PROVIDERS_MANAGE,
    ),
    Setting(api_keys.page, "API keys", "key", "api-keys", Permission.API_KEYS_MANAGE),
    Setting(audit.page, "Audit trail", "history", "audit", Permission.AUDIT_READ),
    Setting(profile.page, "My profile", "account_circle", "profile", None),
)


def sections(principal: Principal) -> dict[str, list[st.Page]]:
    """The pages under the headings of the sidebar."""
    return {"": _work(principal), "Settings": _settings(principal)}


def _work(principal: Principal) -> list[st.Page]:
    pages = []
    if may(principal, Permission.ANALYTICS_READ):
        pages.append(
            st.Page(
                overview.page,
                title="Overview",
                icon=":material/monitoring:",
                url_path="overview",
                default=True,
            )
        )
    if may(principal, Permission.POSTS_WRITE):
        pages.append(
            st.Page(composer.page, title="Composer", icon=":material/edit_square:", url_path="composer")
        )
    pages.append(st.Page(posts.page, title="Posts", icon=":material/view_agenda:", url_path="posts"))
    if may(principal, Permission.ACCOUNTS_READ):
        pages.append(st.Page(accounts.page, title="Accounts", icon=":material/hub:", url_path="accounts"))
    return pages


def _settings(principal: Principal) -> list[st.Page]:
    """The settings. Who types the address of one that is not for them is told so by the page itself."""
    return [
        st.Page(
            setting.draw,
            title=setting.title,
            icon=f":material/{setting.icon}:",
            url_path=setting.path,
            visibility="visible" if setting.needs is None or may(principal, setting.needs) else "hidden",
        )
        for setting in SETTINGS
    ]
