"""The page on which a person lets AllIN use an account, the same for every stand-in network.

A network's authorize route checks what it was asked with, and hands over to `ask`. Whoever brings
`account=<subject>` in the query has consented already, with all scopes or those of `granted=`;
`deny=1` has refused.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Request
from jinja2 import Environment, FileSystemLoader, Template
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sandbox import grants, objects
from sandbox.services import Services, services

router = APIRouter(prefix="/consent")
Sandbox = Annotated[Services, Depends(services)]
DENIED = {"error": "access_denied", "error_description": "The user denied the request"}


def ask(
    request: Request,
    sandbox: Services,
    *,
    network: str,
    label: str,
    redirect_uri: str,
    state: str,
    scopes: Sequence[str],
    choices: Sequence[tuple[str, str]],
    separator: str = " ",
    challenge: str | None = None,
    code_s: float = grants.CODE_S,
    denied: Mapping[str, str] = DENIED,
    more: Mapping[str, str] | None = None,
) -> Response:
    """The page, or the redirect of who has answered in the query.

    `choices` are (subject, name for people); `separator` joins scopes; `more` goes into the answer too.
    """
    asked = {
        "network": network,
        "redirect_uri": redirect_uri,
        "state": state,
        "scopes": list(scopes),
        "separator": separator,
        "challenge": challenge,
        "code_s": code_s,
        "denied": dict(denied),
        "more": dict(more or {}),
    }
    query = request.query_params
    if query.get("deny"):
        return _answer(sandbox, asked, None, ())
    if query.get("account"):
        granted = query["granted"].replace(",", " ").split() if "granted" in query else scopes
        if query["account"] not in dict(choices):
            raise HTTPException(400, "no such account")
        return _answer(sandbox, asked, query["account"], granted)
    question = secrets.token_urlsafe(16)
    objects.put(sandbox, network, "consent", question, "", asked)
    page = _template().render(
        label=label,
        action=f"{request.base_url}consent",
        hidden=[("network", network), ("question", question)],
        choices=choices,
        scopes=scopes,
    )
    return HTMLResponse(page)


@router.post("")
async def answer(request: Request, sandbox: Sandbox) -> Response:
    """What the person pressed."""
    form = await request.form()
    thing = objects.get(sandbox, str(form.get("network", "")), "consent", str(form.get("question", "")))
    if thing is None:
        raise HTTPException(404, "this question was never asked")
    if form.get("answer") != "yes":
        return _answer(sandbox, thing.data, None, ())
    return _answer(
        sandbox, thing.data, str(form.get("subject", "")), [str(s) for s in form.getlist("granted")]
    )


def _answer(
    sandbox: Services, asked: Mapping[str, Any], subject: str | None, granted: Sequence[str]
) -> Response:
    """Back to the app, with a code or a refusal."""
    if subject is None:
        parameters = {**asked["denied"], "state": asked["state"]}
    else:
        kept = [scope for scope in asked["scopes"] if scope in granted]
        scope = asked["separator"].join(kept)
        code = grants.code_for(
            sandbox,
            *(asked["network"], subject, scope, asked["redirect_uri"], asked["challenge"], asked["code_s"]),
        )
        parameters = {"code": code, "state": asked["state"], **asked["more"]}
    separator = "&" if "?" in asked["redirect_uri"] else "?"
    return RedirectResponse(f"{asked['redirect_uri']}{separator}{urlencode(parameters)}", 302)


@lru_cache(maxsize=1)
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    return Environment(loader=loader, autoescape=True).get_template("consent.html")
