"""The app over HTTP: the guard, the session's cookie, the headers, and forms that are no forms."""

from __future__ import annotations

import html
from itertools import product

import httpx2
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from app.web.cookies import COOKIE
from app.web.forms import MAX_BODY, MAX_FIELD, MAX_FIELDS, URLENCODED
from app.web.paths import PAGES
from identity.permissions import Role
from identity.sessions import signed_in
from identity.signing_in import REFUSED
from tests.app.conftest import RunningApp
from tests.identity.people import PASSWORD, add_brand, add_member, add_person, cookie_for

PAGE = {"accept": "text/html"}
EVIL = "https://evil.example"


def post_sign_in(
    client: httpx2.Client, password: str = PASSWORD, email: str = "owner@example.com", target: str = "/posts"
) -> httpx2.Response:
    form = {"email": email, "password": password, "next": target}
    return client.post("/sign-in", data=form, headers={"origin": str(client.base_url).rstrip("/")})


def test_signing_in_and_out(app: RunningApp) -> None:
    add_person()
    with app.client() as client:
        away = client.get("/posts?state=all", headers=PAGE)
        assert (away.status_code, away.headers["location"]) == (303, "/sign-in?next=/posts%3Fstate%3Dall")

        form = client.get("/sign-in?next=/posts")
        assert 'value="/posts"' in form.text

        answer = post_sign_in(client)
        assert (answer.status_code, answer.headers["location"]) == (303, "/posts")
        assert answer.headers["cache-control"] == "no-store"
        flags = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
        assert flags == {"httponly", "samesite=lax", "path=/", f"max-age={14 * 86_400}"}
        token = client.cookies[COOKIE]
        assert len(token) >= 43  # 256 bits

        assert client.get("/posts", headers=PAGE).status_code == 200
        page = client.get("/overview", headers=PAGE)
        assert (page.status_code, "sandbox" in page.headers["content-security-policy"]) == (200, False)
        unchanged = client.get("/", headers={"if-none-match": client.get("/").headers["etag"]})
        assert unchanged.status_code == 304
        assert "content-security-policy" not in unchanged.headers  # it would take the place of the page's
        assert client.get("/sign-in").status_code == 303

        assert client.get("/sign-out").status_code == 200
        assert signed_in(token) is not None  # a link alone signs nobody out
        out = client.post("/sign-out", headers={"origin": app.url})
        assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
        assert COOKIE not in client.cookies
        assert signed_in(token) is None
        assert client.get("/posts", headers={**PAGE, "cookie": f"{COOKIE}={token}"}).status_code == 303
    assert token not in app.log.read_text()
    assert PASSWORD not in app.log.read_text()


def test_the_root_leads_to_the_first_page_and_no_page_says_so(app: RunningApp) -> None:
    _, home = add_person()
    add_member(home, "client@example.com", Role.CLIENT, [add_brand(home)])
    for email, first in (("owner@example.com", "/overview"), ("client@example.com", "/posts")):
        with app.client() as client:
            client.cookies.set(COOKIE, cookie_for(email))
            start = client.get("/?from=mail", headers=PAGE)
            assert (start.status_code, start.headers["location"]) == (303, f"{first}?from=mail")
            assert {client.get(path, headers=PAGE).status_code for path in PAGES} == {200}
            for path in ("/no-such-page", "/overview/x", "/api", "/start"):
                answer = client.get(path, headers=PAGE)
                assert (answer.status_code, "There is no such page" in answer.text) == (404, True), path
            assert "There is no such page" not in client.get("/media/x.png", headers=PAGE).text


def test_what_is_open_and_what_only_starts_like_it(app: RunningApp) -> None:
    with app.client() as client:
        assert client.get("/health").json() == {"status": "ok"}
        assert client.get("/api/v1/health").json() == {"status": "ok", "database": True, "publishing": False}
        for path in ("/healthx", "/sign-inx", "/sign-in/x", "/favicon.pngx", "/api", "/brandx", "/welcome/x"):
            away = client.get(path, headers=PAGE)
            assert (away.status_code, away.headers.get("location")) == (303, f"/sign-in?next={path}")


def test_what_is_refused(app: RunningApp) -> None:
    add_person()
    with app.client() as client:
        _wrong_people(client)
        _foreign_forms(client)
        _forms_that_are_none(client)
        _characters_that_cannot_be_stored(client)
    assert "Traceback" not in app.log.read_text()


def _wrong_people(client: httpx2.Client) -> None:
    wrong = post_sign_in(client, password="wrong")
    unknown = post_sign_in(client, email="other@example.com")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace("owner@", "other@") == unknown.text
    assert COOKIE not in client.cookies

    escaped = post_sign_in(client, password="wrong", email='"><script>alert(1)</script>')
    assert "<script>alert" not in escaped.text


def _foreign_forms(client: httpx2.Client) -> None:
    form = {"email": "owner@example.com", "password": PASSWORD}
    for foreign in ({"origin": EVIL}, {"origin": "null"}, {"sec-fetch-site": "same-site"}, {}):
        answer = client.post("/sign-in", data=form, headers=foreign)
        assert (answer.status_code, "somewhere else" in answer.text) == (403, True), foreign
    assert COOKIE not in client.cookies

    assert post_sign_in(client, target=EVIL).headers["location"] == "/"
    token = client.cookies[COOKIE]
    assert client.post("/sign-out", headers={"origin": EVIL}).status_code == 403
    assert signed_in(token) is not None
    client.cookies.clear()


def _forms_that_are_none(client: httpx2.Client) -> None:
    ours = {"origin": str(client.base_url).rstrip("/"), "content-type": URLENCODED}
    for kind in ("multipart/form-data; boundary=b", "application/json", "text/plain"):
        assert (
            client.post("/sign-in", content=b"{}", headers=ours | {"content-type": kind}).status_code == 415
        )
    bodies = {
        b"email=" + b"a" * 1_000_000: 413,
        b"email=" + b"a" * MAX_BODY: 413,
        b"email=" + b"a" * (MAX_FIELD + 1): 413,
        b"&".join([b"a=b"] * (MAX_FIELDS + 1)): 400,
        b"": 401,
        b"\xff\xfe=%ff%fe&;;=": 401,
    }
    for body, status in bodies.items():
        assert client.post("/sign-in", content=body, headers=ours).status_code == status, body[:40]


def _characters_that_cannot_be_stored(client: httpx2.Client) -> None:
    """NUL, and halves of characters."""
    ours = {"origin": str(client.base_url).rstrip("/"), "content-type": URLENCODED}
    for number, (field, value) in enumerate(product(("email", "password", "next"), ("/%00@x", "/%ED%A0%80"))):
        form = {"email": f"person{number}@example.com", "password": "wrong", "next": "/posts", field: value}
        body = "&".join(f"{name}={typed}" for name, typed in form.items())
        answer = client.post("/sign-in", content=body, headers=ours)
        assert (answer.status_code, REFUSED in html.unescape(answer.text)) == (401, True), (field, value)


def test_when_the_database_is_away(own_app: RunningApp, server_url: str) -> None:
    name = str(conninfo_to_dict(own_app.settings.database_url.get_secret_value())["dbname"])
    admit = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with own_app.client() as client, psycopg.connect(server_url, autocommit=True) as database:
        database.execute(admit.format(sql.Identifier(name), sql.SQL("false")))
        try:
            database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
            away = post_sign_in(client)
            assert (away.status_code, "try again in a minute" in away.text) == (503, True)
            assert client.get("/posts", headers={**PAGE, "cookie": f"{COOKIE}=x"}).status_code == 503
        finally:
            database.execute(admit.format(sql.Identifier(name), sql.SQL("true")))
    assert "Traceback" not in own_app.log.read_text()
