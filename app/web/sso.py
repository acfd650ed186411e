"""Signing in by an identity provider: off to it, and back. Setting out changes nothing but a cookie."""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.web.cookies import Step, carried, carry, drop
from app.web.origin import local_path, origin_of
from app.web.paths import SIGN_IN, SSO
from app.web.rendering import go_to, look_into_your_mailbox, notice, status_of, with_patience
from app.web.sign_in import let_in
from foundation.settings import get_settings
from identity import oidc
from identity.errors import IdentityError, NotFoundError
from identity.oidc import Arrived, InvitationSent
from identity.oidc.flow import UNKNOWN


def set_out(request: Request) -> Response:
    """Send the browser to the provider: an organization's, or without an id the installation's."""
    target = local_path(request.query_params.get("next"))
    try:
        provider_id = _id(request.path_params.get("provider_id"))
        address, sealed = oidc.begin(provider_id, target, get_settings(), origin_of(request))
    except IdentityError as error:
        return _refusal(error)
    response = go_to(address)
    carry(response, request, Step.PROVIDER, sealed)
    return response


def come_back(request: Request) -> Response:
    """Let in whom the provider vouches for."""
    sealed, answer = carried(request, Step.PROVIDER), dict(request.query_params)
    try:
        origin, path = origin_of(request), request.url.path
        outcome = oidc.finish(sealed, answer, origin, get_settings(), path=path)
        response = _follow(request, outcome)
    except IdentityError as error:
        response = _refusal(error)
    drop(response, request, Step.PROVIDER)
    return response


routes = [
    Route(SSO, set_out, methods=["GET"]),
    Route(f"{SSO}/callback", come_back, methods=["GET"]),
    Route(f"{SSO}/callback/{{organization_id}}", come_back, methods=["GET"]),
    Route(f"{SSO}/{{provider_id}}", set_out, methods=["GET"]),
]


def _id(text: str | None) -> UUID | None:
    try:
        return None if text is None else UUID(text)
    except ValueError:
        raise NotFoundError(UNKNOWN) from None


def _follow(request: Request, outcome: Arrived | InvitationSent) -> Response:
    if isinstance(outcome, InvitationSent):
        return look_into_your_mailbox(
            f"{outcome.provider_name} knows you. If you may join, an invitation is on its way to the address "
            "it has of you."
        )
    return let_in(request, outcome.admitted, local_path(outcome.next))


def _refusal(error: IdentityError) -> Response:
    answer = notice(
        "You are not signed in",
        str(error),
        status=status_of(error),
        go=("Back to signing in", SIGN_IN),
    )
    return with_patience(answer, error)
