"""Signing in by an identity provider, over HTTP: the sandbox's provider, a browser, and our pages between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx2
import pytest

from app.web.cookies import COOKIE, Step
from foundation.settings import get_settings
from identity.permissions import Role
from identity.principal import Principal
from identity.sessions import signed_in
from tests.app.pages import text
from tests.identity.oidc import world
from tests.identity.people import PASSWORD, add_brand, add_member, add_person
from tests.sandbox.server import Running, running

EMAIL = "someone@example.com"


@pytest.fixture
def sandbox(entrance: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """The sandbox, and settings that name it and where people reach the pages."""
    with running(tmp_path, days=1) as found:
        monkeypatch.setenv("ALLIN_SANDBOX_PORT", str(found.client.base_url.port))
        monkeypatch.setenv("ALLIN_PUBLIC_URL", entrance)
        get_settings.cache_clear()
        yield found


def sent_back(client: httpx2.Client, sandbox: Running, way_out: str, email: str = EMAIL) -> str:
    """Leave for the provider, say there who one is, and be sent back: to this address."""
    out = client.get(way_out)
    assert out.status_code == 303
    assert out.headers["location"].startswith(str(sandbox.client.base_url))
    back = sandbox.client.post(out.headers["location"], data={"email": email, "name": "Someone"})
    address = urlsplit(back.headers["location"])
    assert address.path.startswith("/sso/callback")
    return f"{address.path}?{address.query}"


def inside(client: httpx2.Client) -> tuple[UUID, bool]:
    """Which organization the browser is in, and whether it is confined to it."""
    principal = signed_in(client.cookies.get(COOKIE))
    assert isinstance(principal, Principal)
    return principal.organization_id, principal.confined


def test_by_provider(client: httpx2.Client, sandbox: Running) -> None:
    _, home = add_person(EMAIL)
    assert 'href="/sso?next=/posts"' in client.get("/sign-in?next=/posts").text
    back = sent_back(client, sandbox, "/sso?next=/posts")
    assert Step.PROVIDER in client.cookies
    with httpx2.Client(base_url=client.base_url) as another_browser:
        stolen = another_browser.get(back)
        assert (stolen.status_code, "begun in another browser" in text(stolen)) == (401, True)
        assert COOKIE not in another_browser.cookies
    arrived = client.get(back)
    assert (arrived.status_code, arrived.headers["location"]) == (303, "/posts")
    assert inside(client) == (home, False)
    assert Step.PROVIDER not in client.cookies
    client.cookies.clear()
    assert client.get(back).status_code == 401  # the same answer again, from the browser's history

    for nowhere in ("/sso/x", f"/sso/{uuid4()}"):
        answer = client.get(nowhere)
        assert (answer.status_code, "right address" in text(answer)) == (404, True)


def test_where_the_organization_asks_for_its_provider(client: httpx2.Client, sandbox: Running) -> None:
    owner, home = add_person()
    add_member(home, EMAIL, Role.CLIENT, [add_brand(home)])
    assert owner
    provider = world.provider(get_settings(), home, enforced=True, provision_role="MEMBER")
    form = {"email": EMAIL, "password": PASSWORD}
    assert client.post("/sign-in", data=form).headers["location"] == "/"
    assert client.get("/", headers={"accept": "text/html"}).headers["location"] == "/welcome"
    way_out = f"/sso/{provider}"
    shown = client.get("/welcome").text
    assert f'href="{way_out}"' in shown
    assert "One that names a provider asks you to sign in there" in shown
    assert "Client of one brand" in shown
    assert 'action="/organizations"' not in shown
    refused = client.post("/organizations", data={"organization": str(home)})
    assert (refused.status_code, "identity provider" in text(refused)) == (403, True)

    assert client.get(sent_back(client, sandbox, way_out)).headers["location"] == "/"
    assert inside(client) == (home, True)
    assert "Create another" not in client.get("/organizations").text
    client.cookies.clear()
    new = client.get(sent_back(client, sandbox, way_out, "new@example.com"))
    assert (new.status_code, "Look into your mailbox" in text(new)) == (200, True)
    assert COOKIE not in client.cookies
