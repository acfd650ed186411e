"""The pages to read the mail on, and what tests read and clear it by."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from jinja2 import Environment, FileSystemLoader
from starlette.responses import HTMLResponse

from sandbox.control import from_this_machine
from sandbox.mailbox import letters
from sandbox.services import Services, services

SHOWN = 200

# There are links in it that open doors.
router = APIRouter(dependencies=[Depends(from_this_machine)])
Sandbox = Annotated[Services, Depends(services)]


@router.get("/mailbox")
async def mailbox(sandbox: Sandbox, to: str | None = None) -> HTMLResponse:
    """All mail, newest first; it looks for new mail by itself."""
    found = letters.received(sandbox.store, to)
    return _page("list.html", letters=found[:SHOWN], more=max(len(found) - SHOWN, 0), to=to)


@router.get("/mailbox/{letter_id}")
async def one(letter_id: int, sandbox: Sandbox) -> HTMLResponse:
    """One message, as a mail program would show it. Its scripts do not run, and its links open anew."""
    found = letters.letter(sandbox.store, letter_id)
    if found is None:
        raise HTTPException(404, "no such message")
    return _page("letter.html", letter=found, framed=f'<base target="_blank">{found.html}')


@router.get("/_sandbox/mail")
async def mail(request: Request, sandbox: Sandbox, to: str | None = None) -> dict[str, Any]:
    """All mail, newest first, or one address's; and the port it comes in by."""
    found = [letter.as_json() for letter in letters.received(sandbox.store, to)]
    return {"smtp_port": request.app.state.smtp_port, "mail": found}


@router.delete("/_sandbox/mail")
async def clear(sandbox: Sandbox) -> dict[str, Any]:
    """Empty the mailbox."""
    return {"deleted": letters.clear(sandbox.store)}


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)


def _page(name: str, **values: Any) -> HTMLResponse:
    return HTMLResponse(_environment().get_template(name).render(values))
