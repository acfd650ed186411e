"""Puts the stand-in networks together into one application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp

from sandbox import control, llm, pictures
from sandbox.breakage import Breakage
from sandbox.facebook import oauth as facebook_oauth
from sandbox.facebook import routes as facebook_routes
from sandbox.facebook.errors import GraphError, on_graph_error
from sandbox.facebook.usage import Usage
from sandbox.mailbox import mailgun, smtp
from sandbox.mailbox import routes as mailbox_routes
from sandbox.oidc import mischief as oidc_mischief
from sandbox.oidc import routes as oidc_routes
from sandbox.services import Services
from sandbox.x import oauth as x_oauth
from sandbox.x import routes as x_routes
from sandbox.x.errors import XProblem, on_x_problem
from sandbox.x.limits import RateLimits


def create_app(services: Services) -> ASGIApp:
    """/facebook, /x, /oidc, /llm/v1, /mailgun, /mailbox, /pictures and /_sandbox, where calls can be broken.

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
    app.add_exception_handler(GraphError, on_graph_error)
    app.add_exception_handler(XProblem, on_x_problem)
    for part in (control, pictures, facebook_oauth, facebook_routes, x_oauth, x_routes, llm):
        app.include_router(part.router)
    for more in (oidc_mischief, oidc_routes, mailbox_routes, mailgun):
        app.include_router(more.router)
    return Breakage(app, lambda: services)
