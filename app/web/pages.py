"""All pages people come in by, with their style sheet."""

from __future__ import annotations

from starlette.routing import BaseRoute

from app.web import (
    connect,
    invitation,
    new_address,
    organizations,
    password_reset,
    registration,
    sign_in,
    sso,
    style,
)

routes: list[BaseRoute] = [
    *sign_in.routes,
    *sso.routes,
    *registration.routes,
    *password_reset.routes,
    *invitation.routes,
    *new_address.routes,
    *organizations.routes,
    *connect.routes,
    style.route,
]
