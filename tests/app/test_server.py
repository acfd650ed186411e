from __future__ import annotations

import html
from itertools import product

import httpx2

from app.web.cookies import COOKIE
from app.web.sign_in import REFUSED
from identity.sessions import signed_in
from tests.app.conftest import RunningApp
from tests.identity.people import PASSWORD, add_person

PAGE = {"accept": "text/html"}


def post_sign_in(
    client: httpx2.Client, password: str = PASSWORD, email: str = "owner@example.com", target: str = "/posts"
) -> httpx2.Response:
    form = {"email": email, "password": password, "next": target}
    return client.post("/sign-in", data=form, headers={"origin": str(client.base_url).rstrip("/")})


def test_health_is_open(app: RunningApp) -> None:
    with app.client() as client:
        assert client.get("/health").json() == {"status": "ok"}
        assert client.get("/api/v1/health").json() == {"status": "ok", "database": True}


def test_signing_in_and_out(app: RunningApp) -> None:
    add_person()
    with app.client() as client:
        away = client.get("/posts?state=all", headers=PAGE)
        assert (away.status_code, away.headers["location"]) == (303, "/sign-in?next=/posts%3Fstate%3Dall")

        form = client.get("/sign-in?next=/posts")
        assert form.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in form.headers["content-security-policy"]
        assert 'value="/posts"' in form.text

        answer = post_sign_in(client)
        assert (answer.status_code, answer.headers["location"]) == (303, "/posts")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        token = client.cookies[COOKIE]
        assert len(token) >= 43  # 256 bits

        page = client.get("/posts", headers=PAGE)
        assert (page.status_code, page.headers["x-frame-options"]) == (200, "SAMEORIGIN")
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


def test_what_only_starts_like_an_open_route_is_closed(app: RunningApp) -> None:
    with app.client() as client:
        for path in ("/healthx", "/sign-inx", "/sign-in/x", "/favicon.pngx", "/api", "/brandx"):
            away = client.get(path, headers=PAGE)
            assert (away.status_code, away.headers.get("location")) == (303, f"/sign-in?next={path}")


def test_characters_that_cannot_be_stored_are_refused_like_any_others(app: RunningApp) -> None:
    add_person()
    # The one form charset that brings lone surrogates through the parser.
    head = {"content-type": "multipart/form-data; boundary=b; charset=raw_unicode_escape", "origin": app.url}
    with app.client() as client:
        for field, odd in product(("email", "password", "next"), ("\0", "a\0@x", "\ud800", "/x\udfff")):
            form = {"email": "owner@example.com", "password": "wrong", "next": "/posts", field: odd}
            answer = client.post("/sign-in", content=_multipart(form), headers=head)
            assert (answer.status_code, REFUSED in html.unescape(answer.text)) == (401, True), (field, odd)


def _multipart(form: dict[str, str]) -> bytes:
    parts = [f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in form.items()]
    return "".join([*parts, "--b--\r\n"]).encode("raw_unicode_escape")


def test_refusals(app: RunningApp) -> None:
    add_person()
    with app.client() as client:
        wrong = post_sign_in(client, password="wrong")
        unknown = post_sign_in(client, email="other@example.com")
        assert wrong.status_code == unknown.status_code == 401
        assert wrong.text.replace("owner@", "other@") == unknown.text
        assert COOKIE not in client.cookies

        form = {"email": "owner@example.com", "password": PASSWORD}
        foreign = client.post("/sign-in", data=form, headers={"origin": "https://evil.example"})
        assert foreign.status_code == 403
        assert COOKIE not in client.cookies

        escaped = post_sign_in(client, password="wrong", email='"><script>alert(1)</script>')
        assert "<script>alert" not in escaped.text

        assert post_sign_in(client, target="https://evil.example").headers["location"] == "/"
        token = client.cookies[COOKIE]
        assert client.post("/sign-out", headers={"origin": "https://evil.example"}).status_code == 403
        assert signed_in(token) is not None
