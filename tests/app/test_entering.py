"""The ways in, over HTTP: registration, passwords, invitations, the second factor, organizations."""

from __future__ import annotations

import html
import re

import httpx2
import pyotp
import pytest

from app.web.cookies import COOKIE, Step
from foundation.settings import Settings, get_settings
from identity import invitations, second_factor
from identity.organizations import create
from identity.permissions import Role
from identity.principal import Origin, Principal, Visitor
from identity.sessions import sign_in, signed_in
from identity.work import working
from tests.app.conftest import RunningApp
from tests.app.pages import text
from tests.identity.letters import letters_to, token_in
from tests.identity.people import PASSWORD, add_person, cookie_for

HERE = Origin("192.0.2.1", "a test")
OTHER_PASSWORD = "another good password"
PAGE = {"accept": "text/html"}


def scan(client: httpx2.Client, link: str) -> httpx2.Response:
    """Open a link the way a mail scanner does: again and again."""
    client.head(link)
    answers = [client.get(link) for _ in range(3)]
    assert len({answer.text for answer in answers}) == 1
    return answers[-1]


def visitor_of(client: httpx2.Client) -> Visitor:
    """Who is signed in."""
    visitor = signed_in(client.cookies[COOKIE])
    assert visitor is not None
    return visitor


def member(email: str = "owner@example.com") -> Principal:
    """A member, signed in elsewhere."""
    principal = signed_in(cookie_for(email))
    assert isinstance(principal, Principal)
    return principal


def link_to(email: str) -> str:
    """Path and query of the link that was sent to the address last."""
    letter = letters_to(email)[-1]
    (path,) = set(re.findall(r"https?://[^/\s]+(/\S+token=[\w-]+)", letter.text))
    assert path.endswith(token_in(letter))
    return str(path)


def invite(email: str, role: Role = Role.EDITOR) -> str:
    """The link of a new invitation to the test's organization."""
    with working(member(), HERE) as work:
        invitations.invite(work, email, role)
    return link_to(email)


def test_an_account_is_made_by_link_and_password(app: RunningApp) -> None:
    add_person()
    with app.client() as client:
        client.headers["origin"] = app.url
        token = _make_an_account(client)
    assert token not in app.log.read_text()
    assert OTHER_PASSWORD not in app.log.read_text()


def _make_an_account(client: httpx2.Client) -> str:
    form = {"name": "New person", "organization": "Harbor & Pine", "password": OTHER_PASSWORD}
    answers = {
        email: client.post("/register", data={**form, "email": email})
        for email in ("new@example.com", "owner@example.com")
    }
    assert {answer.status_code for answer in answers.values()} == {200}
    assert len({answer.text.replace(email, "") for email, answer in answers.items()}) == 1
    (letter,) = letters_to("owner@example.com")  # another one
    assert "/confirm" not in letter.text
    assert "/reset" in letter.text or "/forgot" in letter.text

    link = link_to("new@example.com")
    assert "new@example.com" in text(scan(client, link))
    token = link.partition("=")[2]
    wrong = client.post("/confirm", data={"token": token, "password": "not the password"})
    assert (wrong.status_code, COOKIE in client.cookies) == (401, False)
    right = client.post("/confirm", data={"token": token, "password": OTHER_PASSWORD})
    assert (right.status_code, right.headers["location"]) == (303, "/")
    principal = visitor_of(client)
    assert isinstance(principal, Principal)
    assert (principal.organization_name, principal.role) == ("Harbor & Pine", Role.OWNER)
    for again in (
        client.get(link),
        client.post("/confirm", data={"token": token, "password": OTHER_PASSWORD}),
    ):
        assert (again.status_code, "Sign in" in text(again)) == (410, True)
    return token


def test_what_is_typed_wrong_is_said_beside_the_field(client: httpx2.Client) -> None:
    good = {"name": "New", "email": "new@example.com", "organization": "", "password": OTHER_PASSWORD}
    for field, value in {
        "email": "ow\u043der@example.com",  # a Cyrillic letter that looks like an n
        "name": "x" * 3_000,
        "organization": "a\u202eb",
        "password": "short",
    }.items():
        answer = client.post("/register", data={**good, field: value})
        assert answer.status_code == 422
        wrong = re.search(
            r'<input id="(\w+)"[^>]*aria-invalid="true" aria-describedby="\1-error"', answer.text
        )
        assert wrong is not None, field
        assert wrong[1] == field
        assert 'role="alert"' in answer.text
        assert OTHER_PASSWORD not in answer.text
        kept = [name for name in ("name", "email") if name != field and good[name] not in answer.text]
        assert kept == []
    domain = client.post("/register", data={**good, "email": "new@ex\u0430mple.com"})
    assert domain.status_code == 200  # another domain than it seems, and so another address


def test_a_forgotten_password(client: httpx2.Client) -> None:
    add_person()
    elsewhere = cookie_for("owner@example.com")
    answers = {
        email: client.post("/forgot", data={"email": email})
        for email in ("owner@example.com", "nobody@example.com")
    }
    assert len({answer.text.replace(email, "") for email, answer in answers.items()}) == 1
    link = link_to("owner@example.com")
    assert scan(client, link).status_code == 200
    token = link.partition("=")[2]
    weak = client.post("/reset", data={"token": token, "password": "short"})
    assert (weak.status_code, "at least 10" in text(weak)) == (422, True)
    done = client.post("/reset", data={"token": token, "password": OTHER_PASSWORD})
    assert "new password is saved" in text(client.get(done.headers["location"]))
    assert signed_in(elsewhere) is None
    assert sign_in("owner@example.com", OTHER_PASSWORD, HERE).needs_second_factor is None
    for again in (client.get(link), client.post("/reset", data={"token": token, "password": PASSWORD})):
        assert (again.status_code, "Ask for a new link" in text(again)) == (410, True)


def test_an_invitation(client: httpx2.Client) -> None:
    add_person()
    add_person("other@example.com", organization="Another")
    _someone_new_joins(client)
    client.cookies.clear()
    _someone_with_an_account_joins(client)
    client.cookies.clear()
    unknown = client.get("/invitation?token=unknown")
    assert (unknown.status_code, "no longer" in text(unknown)) == (410, True)


def _someone_new_joins(client: httpx2.Client) -> None:
    link = invite("new@example.com")
    token = link.partition("=")[2]
    shown = text(scan(client, link))
    for words in ("Join Lindenhof Agency", "owner@example.com has invited you", "Editor", "new@example.com"):
        assert words in shown
    joined = client.post("/invitation", data={"token": token, "name": "New", "password": OTHER_PASSWORD})
    assert (joined.status_code, joined.headers["location"]) == (303, "/")
    principal = visitor_of(client)
    assert isinstance(principal, Principal)
    assert (principal.email, principal.role) == ("new@example.com", Role.EDITOR)
    assert client.get(link).status_code == 410


def _someone_with_an_account_joins(client: httpx2.Client) -> None:
    link = invite("other@example.com", Role.VIEWER)
    page = scan(client, link)
    assert "Sign in to join" in text(page)
    way_in = html.unescape(re.findall(r'href="(/sign-in[^"]+)"', page.text)[0])

    def sign_in_as(email: str) -> httpx2.Response:
        target = re.findall(r'name="next" value="([^"]+)"', client.get(way_in).text)[0]
        form = {"email": email, "password": PASSWORD, "next": html.unescape(target)}
        return client.get(client.post("/sign-in", data=form).headers["location"])

    as_another = sign_in_as("owner@example.com")
    assert "this invitation is for other@example.com" in text(as_another)
    out = client.post("/sign-out", data={"next": link})
    assert (out.headers["location"], COOKIE in client.cookies) == (link, False)
    asked = sign_in_as("other@example.com")
    assert 'name="password"' not in asked.text
    foreign = client.post("/invitation", data={"token": link.partition("=")[2]}, headers={"origin": "null"})
    assert foreign.status_code == 403
    client.post("/invitation", data={"token": link.partition("=")[2]})
    principal = visitor_of(client)
    assert isinstance(principal, Principal)
    assert (principal.organization_name, principal.role) == ("Lindenhof Agency", Role.VIEWER)


def test_the_second_step(settings: Settings, client: httpx2.Client) -> None:
    add_person()
    owner = member()
    enrolment = second_factor.begin(owner, settings)
    totp = pyotp.TOTP(enrolment.secret)
    codes = second_factor.confirm(owner, totp.now(), HERE)

    assert client.get("/second-factor?next=/posts").headers["location"] == "/sign-in?next=/posts"
    form = {"email": "owner@example.com", "password": PASSWORD, "next": "/posts"}
    first = client.post("/sign-in", data=form)
    assert first.headers["location"] == "/second-factor?next=/posts"  # the challenge is not in the address
    assert "httponly" in first.headers["set-cookie"].lower()
    assert (COOKIE in client.cookies, Step.SECOND_FACTOR in client.cookies) == (False, True)
    assert client.get("/posts", headers=PAGE).status_code == 303
    assert 'autocomplete="one-time-code"' in client.get(first.headers["location"]).text

    wrong = client.post("/second-factor", data={"code": "000000", "next": "/posts"})
    assert (wrong.status_code, "does not fit" in text(wrong)) == (401, True)
    right = client.post("/second-factor", data={"code": codes[0].upper(), "next": "/posts"})
    assert (right.status_code, right.headers["location"]) == (303, "/posts")
    assert (COOKIE in client.cookies, Step.SECOND_FACTOR in client.cookies) == (True, False)

    client.cookies.clear()
    client.cookies.set(Step.SECOND_FACTOR, "of a sign-in that is over")
    late = client.post("/second-factor", data={"code": codes[1]})
    assert (late.status_code, "Please sign in again" in text(late)) == (401, True)
    assert 'name="password"' in late.text


def test_too_many_tries(client: httpx2.Client) -> None:
    add_person()
    form = {"email": "owner@example.com", "password": "wrong", "next": "/posts"}
    answers = [client.post("/sign-in", data=form) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    last = answers[-1]
    assert "try again in 15 minutes" in text(last)
    assert 0 < int(last.headers["retry-after"]) <= 900
    assert 'value="/posts"' in last.text
    assert client.post("/sign-in", data={**form, "password": PASSWORD}).status_code == 429


def test_who_is_in_no_organization_finds_a_way_into_one(client: httpx2.Client) -> None:
    _, organization_id = add_person()
    with working(member(), HERE) as work:
        invited = invitations.invite(work, "new@example.com", Role.ADMIN)
    assert invited.email == "new@example.com"
    form = {"name": "New", "email": "new@example.com", "password": OTHER_PASSWORD, "organization": ""}
    client.post("/register", data=form)
    token = link_to("new@example.com").partition("=")[2]
    client.post("/confirm", data={"token": token, "password": OTHER_PASSWORD})
    assert not isinstance(visitor_of(client), Principal)

    assert client.get("/posts", headers=PAGE).headers["location"] == "/welcome"
    welcome = text(client.get("/welcome"))
    assert "you are in none at present" in welcome
    assert "Open the link in the e-mail that went to new@example.com" in welcome
    stranger = client.post("/organizations", data={"organization": str(organization_id)})
    assert (stranger.status_code, "Lindenhof" in stranger.text) == (404, False)
    assert client.post("/organizations", data={"organization": "no id"}).status_code == 404
    nameless = client.post("/organizations/new", data={"name": " "})
    assert (nameless.status_code, 'aria-describedby="name-error"' in nameless.text) == (422, True)

    assert client.post("/organizations/new", data={"name": "Mine"}).headers["location"] == "/"
    assert client.get("/welcome").headers["location"] == "/"
    second = create(visitor_of(client), "Second", HERE)
    assert _places(client) == {"Mine": True, "Second": False}
    assert client.post("/organizations", data={"organization": str(second)}).headers["location"] == "/"
    assert _places(client) == {"Mine": False, "Second": True}
    client.cookies.clear()
    for path in ("/welcome", "/organizations"):
        assert client.get(path).headers["location"].startswith("/sign-in")
    for path in ("/organizations", "/organizations/new"):
        form = {"organization": str(second), "name": "Not mine"}
        assert client.post(path, data=form).headers["location"].startswith("/sign-in")


def _places(client: httpx2.Client) -> dict[str, bool]:
    """One's organizations, and whether one is there."""
    items = re.findall(r"<li>(.*?)</li>", client.get("/organizations").text, re.DOTALL)
    return {re.findall(r"<span>(.*?)<", item)[0]: "You are here" in item for item in items}


def test_closed_registration_stays_closed(client: httpx2.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIN_REGISTRATION", "closed")
    monkeypatch.setenv("ALLIN_DEMO", "false")
    get_settings.cache_clear()
    sign_in_page = text(client.get("/sign-in"))
    for words in ("Create an account", "demo", "Continue with"):
        assert words not in sign_in_page
    form = {"name": "New", "email": "new@example.com", "password": OTHER_PASSWORD, "organization": "Mine"}
    for answer in (client.get("/register"), client.post("/register", data=form)):
        assert (answer.status_code, "by invitation" in text(answer)) == (403, True)
    assert letters_to("new@example.com") == []
    expired = client.get("/confirm?token=x")
    assert (expired.status_code, "Create an account" in expired.text) == (410, False)
