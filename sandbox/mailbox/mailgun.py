"""Mailgun's HTTP API, as far as it sends and says what became of it (documentation.mailgun.com)."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import uuid
from email.utils import parseaddr
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Scope

from sandbox.mailbox import letters
from sandbox.mailbox.letters import Letter
from sandbox.services import Services, services
from sandbox.standin import StandIn

API_KEY = "sandbox-mailgun-key"
MOST_EVENTS = 300
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")

router = APIRouter(prefix="/mailgun/v3/{domain}")
Sandbox = Annotated[Services, Depends(services)]


@router.post("/messages")
async def send(domain: str, request: Request, sandbox: Sandbox) -> Response:
    """Take a message in its parts; the answer's id is its Message-ID."""
    if not _signed_in(request):
        return PlainTextResponse("Forbidden", 401)
    form = await request.form()
    problem = _problem(form)
    if problem:
        return JSONResponse({"message": problem}, 400)
    headers = {name[2:].lower(): str(value) for name, value in form.items() if name.startswith("h:")}
    headers.setdefault("message-id", f"<{uuid.uuid4().hex}@{domain}>")
    headers |= {name: str(form.get(name, "")) for name in ("from", "to", "subject")}
    headers["x-mailgun-track"] = str(form.get("o:tracking", "yes"))  # its name among headers
    bodies = {kind: str(form.get(kind, "")) for kind in ("text", "html")}
    _, sender = parseaddr(headers["from"])
    for to in _recipients(form):
        letters.keep(sandbox.store, to, sender, bodies, headers, sandbox.clock.now())
    return JSONResponse({"id": headers["message-id"], "message": "Queued. Thank you."})


@router.get("/events")
async def events(
    request: Request, sandbox: Sandbox, begin: float | None = None, end: float | None = None, limit: int = 100
) -> Response:
    """What happened to messages, oldest first where `ascending` is "yes"; filtered by exact values."""
    if not _signed_in(request):
        return PlainTextResponse("Forbidden", 401)
    query = request.query_params
    if begin is not None and end is None and query.get("ascending") not in ("yes", "no"):
        return JSONResponse({"message": "ascending must be given where there is no end"}, 400)
    found = [event for letter in letters.received(sandbox.store) for event in _events(letter)]
    low, high = sorted((begin or 0.0, float("inf") if end is None else end))
    wanted = {
        "message-id": query.get("message-id"),
        "recipient": query.get("recipient"),
        "event": query.get("event"),
    }
    items = [event for event in found if low <= event["timestamp"] <= high and _is_wanted(event, wanted)]
    if query.get("ascending") == "yes":
        items.reverse()
    return JSONResponse({"items": items[: min(limit, MOST_EVENTS)], "paging": {}})


def _is_wanted(event: dict[str, Any], wanted: dict[str, str | None]) -> bool:
    has = {
        "message-id": event["message"]["headers"]["message-id"],
        "recipient": event["recipient"],
        "event": event["event"],
    }
    return all(value is None or has[name] == value for name, value in wanted.items())


def _events(letter: Letter) -> list[dict[str, Any]]:
    """Newest first. Message-IDs stand here without their angle brackets, as with the real one."""
    headers = {name: letter.headers.get(name, "") for name in ("to", "from", "subject")}
    headers["message-id"] = letter.headers.get("message-id", "").strip("<>")
    return [
        {
            "event": kind,
            "id": f"{letter.id}-{kind}",
            "timestamp": letter.received_at.timestamp() + later,
            "recipient": letter.to,
            "message": {"headers": headers, "attachments": []},
        }
        for kind, later in (("delivered", 0.001), ("accepted", 0.0))
    ]


def _problem(form: FormData) -> str | None:
    """What the API says of a form that is not in order."""
    for name in ("from", "to"):
        if not form.get(name):
            return f"{name} parameter is missing"
    for name, addresses in (("from", [str(form["from"])]), ("to", _recipients(form))):
        if not all(_ADDRESS.fullmatch(parseaddr(address)[1]) for address in addresses):
            return f"{name} parameter is not a valid address. please check documentation"
    if not (form.get("text") or form.get("html")):
        return "Need at least one of 'text' or 'html' parameters specified"
    return None


def _recipients(form: FormData) -> list[str]:
    return [parseaddr(address)[1] for value in form.getlist("to") for address in str(value).split(",")]


def _signed_in(request: Request) -> bool:
    """Basic authentication: the user is "api", the password the key."""
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return False
    return kind.lower() == "basic" and hmac.compare_digest(given, f"api:{API_KEY}".encode())


def _domain_of(_services: Services, path: str, _scope: Scope) -> str | None:
    """The sending domain stands for the account."""
    return path.split("/")[2] if path.count("/") > 2 else None


STANDIN = StandIn(
    key="mailgun",
    routers=(router,),
    server_error=lambda: JSONResponse({"message": "Internal Server Error"}, 500),
    too_many=lambda: JSONResponse({"message": "Too many requests"}, 429, headers={"Retry-After": "90"}),
    unauthorized=lambda: PlainTextResponse("Forbidden", 401),
    account_of=_domain_of,
)
