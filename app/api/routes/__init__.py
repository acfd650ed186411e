"""The routes of the API. A new feature's router joins here."""

from typing import Final

from fastapi import APIRouter

from app.api.routes import (
    accounts,
    api_keys,
    audit,
    auth,
    brands,
    health,
    identity_providers,
    installation,
    invitations,
    me,
    members,
    organizations,
    permissions,
    second_factor,
)

# Addresses are compared in this order, so what is asked for most stands first.
ROUTERS: Final[list[APIRouter]] = [
    me.router,
    organizations.router,
    brands.router,
    accounts.router,
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
