"""Puts the stand-in networks together into one application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp

from sandbox import consent, control, pictures
from sandbox.breakage import Breakage
from sandbox.facebook.usage import Usage
from sandbox.mailbox import routes as mailbox_routes
from sandbox.mailbox import smtp
from sandbox.oidc import mischief as oidc_mischief
from sandbox.oidc import routes as oidc_routes
from sandbox.services import Services
from sandbox.standins import STANDINS
from sandbox.x.limits import RateLimits


def create_app(services: Services) -> ASGIApp:
    """The networks, /oidc, /llm/v1, /mailgun, /mailbox, /pictures and /_sandbox, where calls can be broken.

    As long as it is served, the mailbox listens for SMTP.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with smtp.listening(services) as app.state.smtp_port:
            yield

    app = FastAPI(title="AllIN sandbox", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.services = services
    app.state.facebook_usage = Usage(services.settings.facebook_hourly_calls)
    app.state.x_limits = RateLimits(services.settings.x_window_s, services.settings.x_limits)
    for part in (control, consent, pictures, oidc_mischief, oidc_routes, mailbox_routes):
        app.include_router(part.router)
    for standin in STANDINS.values():
        for router in standin.routers:
            app.include_router(router)
        for kind, handler in standin.handlers.items():
            app.add_exception_handler(kind, handler)
    return Breakage(app, lambda: services)
