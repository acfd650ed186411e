"""All pages people come in by, with their style sheet and the files that posts show."""

from __future__ import annotations

from starlette.routing import BaseRoute

from app.web import (
    approve,
    connect,
    files,
    invitation,
    models,
    new_address,
    organizations,
    password_reset,
    registration,
    sign_in,
    sso,
    style,
    told,
)

routes: list[BaseRoute] = [
    *sign_in.routes,
    *sso.routes,
    *registration.routes,
    *password_reset.routes,
    *invitation.routes,
    *approve.routes,
    *new_address.routes,
    *organizations.routes,
    *connect.routes,
    *files.routes,
    *told.routes,
    *models.routes,
    style.route,
]
