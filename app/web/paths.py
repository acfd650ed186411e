"""The addresses of the pages: those people come in by, and those they work on."""

from __future__ import annotations

from urllib.parse import quote, urlencode

SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
SECOND_FACTOR = "/second-factor"
REGISTER = "/register"
CONFIRM = "/confirm"
FORGOT = "/forgot"
RESET = "/reset"
INVITATION = "/invitation"
APPROVE = "/approve"
NEW_ADDRESS = "/new-address"
SSO = "/sso"
WELCOME = "/welcome"
ORGANIZATIONS = "/organizations"
NEW_ORGANIZATION = "/organizations/new"
CONNECT = "/connect"
MODELS = "/models"  # the documentation of the marts and their lineage
TOLD = "/told"  # followed by a notification's number
HOME = "/"  # leads each to the first page that their role opens

OVERVIEW, COMPOSER, POSTS, ACCOUNTS = "/overview", "/composer", "/posts", "/accounts"
PLAN, APPROVALS = "/plan", "/approvals"
CONTENT, CHANNELS = "/content", "/channels"
DATA_HEALTH = "/data-health"
NOTIFICATIONS, NOTIFICATION_SETTINGS = "/notifications", "/notification-settings"
# Every page that Streamlit draws (`app.shell.navigation`).
PAGES = frozenset({
    OVERVIEW, CONTENT, CHANNELS, COMPOSER, POSTS, PLAN, APPROVALS, ACCOUNTS, DATA_HEALTH, "/import-history",
    NOTIFICATIONS, NOTIFICATION_SETTINGS, "/webhooks", "/sql",
    "/organization", "/brands", "/people", "/identity-provider", "/api-keys", "/audit", "/releases",
    "/profile",
})  # fmt: skip

# Whoever asks gets an answer of these: they decide for themselves whom they let in. A slash at the end is
# the whole folder.
ENTRANCES = (
    SIGN_IN, SIGN_OUT, SECOND_FACTOR, REGISTER, CONFIRM, FORGOT, RESET, INVITATION, APPROVE, NEW_ADDRESS,
    SSO, f"{SSO}/", CONNECT, f"{CONNECT}/", WELCOME, ORGANIZATIONS, NEW_ORGANIZATION, f"{TOLD}/",
    MODELS,
)  # fmt: skip


def onward(target: str) -> str:
    """The query that keeps where someone wanted to go; empty for the first page."""
    return "" if target == HOME else f"?next={quote(target)}"


def with_token(path: str, token: str) -> str:
    """The address of a page that is about a token."""
    return f"{path}?{urlencode({'token': token})}"
