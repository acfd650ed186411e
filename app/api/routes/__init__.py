"""The routes of the API. A new feature's router joins here."""

from typing import Final

from fastapi import APIRouter

from app.api.routes import (
    accounts,
    api_keys,
    approvals,
    audit,
    auth,
    brands,
    campaigns,
    data_health,
    health,
    identity_providers,
    installation,
    invitations,
    me,
    media,
    members,
    notifications,
    organizations,
    permissions,
    posts,
    publications,
    queues,
    recurrences,
    second_factor,
    webhooks,
)

# Addresses are compared in this order, so what is asked for most stands first.
ROUTERS: Final[list[APIRouter]] = [
    me.router,
    organizations.router,
    brands.router,
    accounts.router,
    posts.router,
    publications.router,
    media.router,
    queues.router,
    recurrences.router,
    campaigns.router,
    approvals.router,
    data_health.router,
    notifications.router,
    webhooks.router,
    members.router,
    audit.router,
    invitations.router,
    api_keys.router,
    identity_providers.router,
    auth.router,
    second_factor.router,
    installation.router,
    permissions.router,
    health.router,
]
