"""The link to a new e-mail address, over HTTP: opening it changes nothing, and alone it is not enough."""

from __future__ import annotations

import httpx2

from app.web.cookies import COOKIE
from identity import profile
from identity.principal import Origin
from identity.sessions import signed_in
from tests.app.pages import text
from tests.identity.letters import letters_to, token_in
from tests.identity.people import PASSWORD, add_person, cookie_for

MOVED = "moved@example.com"


def test_a_new_address(client: httpx2.Client) -> None:
    add_person()
    cookie = cookie_for("owner@example.com")
    me = signed_in(cookie)
    assert me is not None
    profile.ask_new_address(me, PASSWORD, MOVED, Origin())
    token = token_in(letters_to(MOVED)[-1])
    for _ in range(2):  # a mail scanner, then a person
        shown = client.get(f"/new-address?token={token}")
        assert (shown.status_code, MOVED in text(shown)) == (200, True)
    form = {"token": token, "email": MOVED, "password": "a stranger's own"}
    refused = client.post("/new-address", data=form)
    assert (refused.status_code, "not your present password" in text(refused)) == (422, True)
    assert MOVED in text(refused)
    taken = client.post("/new-address", data={**form, "password": PASSWORD})
    assert (taken.status_code, taken.headers["location"]) == (303, "/sign-in?done=address")
    assert client.get(f"/new-address?token={token}").status_code == 410
    found = signed_in(cookie)
    assert (found is not None and found.email, COOKIE in client.cookies) == (MOVED, False)
