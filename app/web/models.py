"""The documentation of the models and their lineage: dbt's own page, in one file, for who may look at
numbers.

dbt brings the page, and the analytics location keeps the manifest that it shows; nothing is computed here.
The page runs scripts of its own, so the browser is told to run it as nobody's: it can reach no cookie, no
page of ours and no other host.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from app.web.cookies import session_token
from app.web.paths import HOME, MODELS, SIGN_IN, WELCOME, onward
from app.web.rendering import go_to, notice
from foundation.settings import get_settings
from identity.permissions import Permission, may
from identity.principal import Principal
from identity.sessions import signed_in

POLICY: Final = (
    "sandbox allow-scripts allow-popups; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
HEADERS: Final = {"Content-Security-Policy": POLICY, "Cache-Control": "private, no-cache"}
PLACES: Final = {"manifest": '"MANIFEST.JSON INLINE DATA"', "catalog": '"CATALOG.JSON INLINE DATA"'}
NO_CATALOG: Final[dict[str, Any]] = {"metadata": {}, "nodes": {}, "sources": {}, "errors": None}


def models(request: Request) -> Response:
    """The page; who is not signed in goes to sign in first."""
    visitor = signed_in(session_token(request))
    if visitor is None:
        return go_to(SIGN_IN + onward(MODELS))
    if not isinstance(visitor, Principal):
        return go_to(WELCOME)
    if not may(visitor, Permission.ANALYTICS_READ):
        return notice(
            "Your role does not open this page",
            "An owner or administrator can change your role.",
            status=403,
            go=("Go to AllIN", HOME),
        )
    manifest = get_settings().home / "dbt" / "manifest.json"
    if not manifest.is_file():
        return notice(
            "The documentation is not there yet",
            "It comes with the first build of the numbers. Try again in a few minutes.",
            status=404,
            go=("Go to AllIN", HOME),
        )
    return HTMLResponse(_page(manifest, manifest.stat().st_mtime_ns), headers=HEADERS)


@lru_cache(maxsize=1)
def _page(manifest: Path, _changed: int) -> str:
    """dbt's page with what it shows written into it, as `dbt docs generate --static` would."""
    page = _dbt_page().read_text(encoding="utf-8")
    shown = json.loads(manifest.read_bytes())
    shown["metadata"] = {
        name: value
        for name, value in shown.get("metadata", {}).items()
        if name in ("project_name", "adapter_type")
    }
    for name, content in {"manifest": shown, "catalog": NO_CATALOG}.items():
        page = page.replace(PLACES[name], _literal(content))
    return page


def _literal(content: Any) -> str:
    """JSON that ends no script it stands in."""
    return json.dumps(content).replace("<", "\\u003c").replace("\u2028", "").replace("\u2029", "")


def _dbt_page() -> Path:
    spec = find_spec("dbt")  # without importing it
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return next(
        page for folder in folders if (page := Path(folder) / "task" / "docs" / "index.html").is_file()
    )


routes = [Route(MODELS, models, methods=["GET"])]
