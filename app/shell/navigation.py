"""Which pages there are, and who finds them in the navigation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

import streamlit as st

from app.pages import (
    accounts,
    approvals,
    channels,
    composer,
    content,
    data_health,
    import_history,
    notifications,
    overview,
    plan,
    posts,
    releases,
    sql,
)
from app.pages.settings import (
    api_keys,
    audit,
    brands,
    identity_provider,
    organization,
    people,
    profile,
    webhooks,
)
from app.pages.settings import notifications as notification_settings
from identity.permissions import Permission, may
from identity.principal import Principal


class Entry(NamedTuple):
    """A page; who does not hold what it `needs` does not find it in the navigation."""

    draw: Callable[[], None]
    title: str
    icon: str
    path: str
    needs: Permission | None


WORK: Final = (
    Entry(overview.page, "Overview", "monitoring", "overview", Permission.ANALYTICS_READ),
    Entry(content.page, "Content", "insights", "content", Permission.ANALYTICS_READ),
    Entry(channels.page, "Channels", "leaderboard", "channels", Permission.ANALYTICS_READ),
    Entry(composer.page, "Composer", "edit_square", "composer", Permission.POSTS_WRITE),
    Entry(posts.page, "Posts", "view_agenda", "posts", None),
    Entry(plan.page, "Plan", "event_repeat", "plan", Permission.POSTS_READ),
    Entry(approvals.page, "Approvals", "order_approve", "approvals", Permission.POSTS_READ),
    Entry(data_health.page, "Data health", "monitor_heart", "data-health", Permission.ANALYTICS_READ),
    Entry(sql.page, "SQL", "database_search", "sql", Permission.ANALYTICS_READ),
    Entry(accounts.page, "Accounts", "hub", "accounts", Permission.ACCOUNTS_READ),
    Entry(
        import_history.page, "Import history", "upload_file", "import-history", Permission.ACCOUNTS_CONNECT
    ),
    Entry(notifications.page, "Notifications", "notifications", "notifications", None),
)
SETTINGS: Final = (
    Entry(organization.page, "Organization", "apartment", "organization", Permission.ORGANIZATION_READ),
    Entry(brands.page, "Brands", "sell", "brands", Permission.ORGANIZATION_READ),
    Entry(people.page, "People", "group", "people", Permission.MEMBERS_READ),
    Entry(
        identity_provider.page,
        "Identity provider",
        "passkey",
        "identity-provider",
        Permission.PROVIDERS_MANAGE,
    ),
    Entry(api_keys.page, "API keys", "key", "api-keys", Permission.API_KEYS_MANAGE),
    Entry(webhooks.page, "Webhooks", "webhook", "webhooks", Permission.WEBHOOKS_MANAGE),
    Entry(audit.page, "Audit trail", "history", "audit", Permission.AUDIT_READ),
    Entry(releases.page, "Releases", "published_with_changes", "releases", Permission.AUDIT_READ),
    Entry(profile.page, "My profile", "account_circle", "profile", None),
    Entry(
        notification_settings.page, "My notifications", "notifications_active", "notification-settings", None
    ),
)


def sections(principal: Principal) -> dict[str, list[st.Page]]:
    """The pages under the headings of the sidebar."""
    work, settings = ([_drawn(entry, principal) for entry in part] for part in (WORK, SETTINGS))
    first = next(page for page in work if page.visibility == "visible")
    return {"": [_start(first), *work], "Settings": settings}


def _start(first: st.Page) -> st.Page:
    """What Streamlit shows at the root. It serves no default page at an address of its own, so this one is
    nothing but a way to the first; the guard (`app.web.guard`) spares people the detour.
    """
    go = partial(st.switch_page, first)
    return st.Page(go, title="AllIN", url_path="start", default=True, visibility="hidden")


def _drawn(entry: Entry, principal: Principal) -> st.Page:
    """The page. Who types the address of one that is not for them is told so by the page itself."""
    return st.Page(
        entry.draw,
        title=entry.title,
        icon=f":material/{entry.icon}:",
        url_path=entry.path,
        visibility="visible" if entry.needs is None or may(principal, entry.needs) else "hidden",
    )
