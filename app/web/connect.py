"""Connecting accounts: what and for which brand, off to the network, and the choice when one comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.views.networks import colour
from app.web.cookies import session_token
from app.web.forms import Form, takes_form
from app.web.origin import origin_of
from app.web.paths import ACCOUNTS, CONNECT, SIGN_IN, WELCOME, onward
from app.web.rendering import go_to, notice, page, refused, status_of
from identity import brands, connecting, sessions
from identity.connecting import Answered
from identity.errors import ForbiddenError, IdentityError, InvalidError, NotFoundError
from identity.permissions import Permission, may
from identity.principal import Principal
from identity.work import working
from platforms.registry import NETWORK_KEYS, network

CONNECTED: Final = f"{ACCOUNTS}?connected=1"
MAY_NOT: Final = "Your role does not let you connect accounts. Ask an administrator."
PICKED: Final = "account:"  # begins the name of a box that stands for an account


def _for_member(
    handle: Callable[[Request, Principal, Form], Response],
) -> Callable[[Request, Form], Response]:
    """An endpoint for somebody who acts in an organization; others are sent to where they can."""

    def endpoint(request: Request, form: Form) -> Response:
        visitor = sessions.signed_in(session_token(request))
        if visitor is None:
            query = f"?{request.url.query}" if request.url.query else ""
            return go_to(SIGN_IN + onward(request.url.path + query))
        if not isinstance(visitor, Principal):
            return go_to(WELCOME)
        try:
            return handle(request, visitor, form)
        except IdentityError as error:
            again = ("Start again", CONNECT)
            also = ("Back to the accounts", ACCOUNTS)
            return notice("Nothing was connected", str(error), status=status_of(error), go=again, also=also)

    return endpoint


def _read(handle: Callable[[Request, Principal, Form], Response]) -> Callable[[Request], Response]:
    guarded = _for_member(handle)
    return lambda request: guarded(request, {})


def offer(request: Request, principal: Principal, _form: Form) -> Response:
    """Which network, for which brand; then what that network needs to know."""
    key, brand_id = request.query_params.get("network"), request.query_params.get("brand")
    if key in NETWORK_KEYS and brand_id:
        return page("connect_fields.html", _fields(principal, key, _id(brand_id), {}))
    return page("connect.html", _offer(principal, brand_id))


def begin(request: Request, principal: Principal, form: Form) -> Response:
    """Off to the network. A page of its own, for browsers let no form lead to another site."""
    key, brand_id = form.get("network", ""), _id(form.get("brand", ""))
    if key not in NETWORK_KEYS:
        raise NotFoundError("There is no such network.")
    fields = network(key).connect.fields
    if fields and not any(field.key in form for field in fields):
        return go_to(f"{CONNECT}?{urlencode({'network': key, 'brand': str(brand_id)})}")
    inputs = {field.key: form.get(field.key, "").strip() for field in fields}
    try:
        begun = connecting.begin(principal, key, brand_id, inputs, origin_of(request))
    except (InvalidError, connecting.ConnectError) as error:
        if not fields:
            raise
        return refused("connect_fields.html", error, form, _fields(principal, key, brand_id, inputs))
    if begun.url is None:
        return _arrived(request, principal, connecting.answered(principal, begun.id))
    return page("connect_leaving.html", {"label": network(key).label, "url": begun.url})


def come_back(request: Request, principal: Principal, _form: Form) -> Response:
    """What the network sent."""
    answered = connecting.finish(principal, dict(request.query_params), origin_of(request))
    return _arrived(request, principal, answered)


def _arrived(request: Request, principal: Principal, answered: Answered) -> Response:
    """On to the choice; a single account that may do all, and is no other brand's, is connected at once."""
    (only, *others) = answered.choices
    if not others and only.brand_id in (None, answered.brand_id) and not only.missing:
        connecting.choose(principal, answered.id, [only.external_id], origin_of(request))
        return go_to(CONNECTED)
    return go_to(f"{CONNECT}/{answered.id}")


def choose(request: Request, principal: Principal, _form: Form) -> Response:
    """The accounts to choose from."""
    answered = connecting.answered(principal, _id(request.path_params["connection_id"]))
    return page("connect_choose.html", _choices(principal, answered))


def chosen(request: Request, principal: Principal, form: Form) -> Response:
    """Connect what was chosen."""
    connection_id = _id(request.path_params["connection_id"])
    picked = [name.removeprefix(PICKED) for name in form if name.startswith(PICKED)]
    try:
        connecting.choose(principal, connection_id, picked, origin_of(request))
    except InvalidError as error:
        answered = connecting.answered(principal, connection_id)
        return refused("connect_choose.html", error, {}, _choices(principal, answered))
    return go_to(CONNECTED)


routes = [
    Route(CONNECT, _read(offer), methods=["GET"]),
    Route(CONNECT, takes_form(_for_member(begin)), methods=["POST"]),
    Route(f"{CONNECT}/callback", _read(come_back), methods=["GET"]),
    Route(f"{CONNECT}/{{connection_id}}", _read(choose), methods=["GET"]),
    Route(f"{CONNECT}/{{connection_id}}", takes_form(_for_member(chosen)), methods=["POST"]),
]


def _offer(principal: Principal, brand_id: str | None) -> dict[str, object]:
    with working(principal) as work:
        found = [(str(brand.id), brand.name) for brand in brands.brands(work.session)]
    mine = [one for one in found if may(principal, Permission.ACCOUNTS_CONNECT, UUID(one[0]))]
    if not may(principal, Permission.ACCOUNTS_CONNECT) or (found and not mine):
        raise ForbiddenError(MAY_NOT)
    networks = [(key, network(key).label, colour(key)) for key in NETWORK_KEYS]
    creates = may(principal, Permission.BRANDS_CREATE)
    return {"brands": mine, "brand": brand_id, "networks": networks, "creates": creates}


def _fields(principal: Principal, key: str, brand_id: UUID, inputs: Form) -> dict[str, object]:
    if not may(principal, Permission.ACCOUNTS_CONNECT, brand_id):
        raise ForbiddenError(MAY_NOT)
    connector = network(key)
    return {
        "key": key,
        "label": connector.label,
        "brand": str(brand_id),
        "brand_name": _brand_name(principal, brand_id),
        "fields": connector.connect.fields,
        "inputs": inputs,
    }


def _choices(principal: Principal, answered: Answered) -> dict[str, object]:
    return {
        "id": str(answered.id),
        "label": network(answered.network).label,
        "brand_id": answered.brand_id,
        "brand": _brand_name(principal, answered.brand_id),
        "choices": answered.choices,
        "picked": PICKED,
    }


def _brand_name(principal: Principal, brand_id: UUID) -> str:
    with working(principal) as work:
        return brands.get(work, brand_id).name


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFoundError("This page is about nothing that is here. Start again.") from None
