"""The way from a notification to what it is about: it is read from then on."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.web.cookies import session_token
from app.web.origin import origin_of
from app.web.paths import NOTIFICATIONS, SIGN_IN, TOLD, WELCOME, onward
from app.web.rendering import go_to
from identity import sessions
from identity.principal import Principal
from identity.work import working
from publishing.telling import inbox


def follow(request: Request) -> Response:
    """Go where one of one's own notifications leads; to the list, where there is no such one."""
    visitor = sessions.signed_in(session_token(request))
    notification_id: int = request.path_params["id"]
    if visitor is None:
        return go_to(SIGN_IN + onward(f"{TOLD}/{notification_id}"))
    if not isinstance(visitor, Principal):
        return go_to(WELCOME)
    if notification_id >= 2**63:
        return go_to(NOTIFICATIONS)
    with working(visitor, origin_of(request)) as work:
        told = inbox.get(work, notification_id)
        if told is None:
            return go_to(NOTIFICATIONS)
        inbox.mark_read(work, [told.id])
    return go_to(told.link)


routes = [Route(TOLD + "/{id:int}", follow, methods=["GET"])]
