from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.requests import HTTPConnection

from app.web import origin
from app.web.origin import MAX_USER_AGENT, local_path, origin_of, same_origin
from foundation.settings import Settings
from identity.principal import Origin


@given(st.text(alphabet=st.sampled_from("/\\:.@ \t\nhtpsevil?#%&="), max_size=20) | st.text(max_size=20))
@example("//evil.example/x")
@example("/\\evil.example")
@example("/\t/evil.example")
@example("https://evil.example")
def test_a_target_never_leaves_this_site(target: str) -> None:
    # Browsers drop tabs and line breaks and read a backslash as a slash.
    read = local_path(target).replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "")
    assert urlsplit(urljoin("http://here.example/sign-in", read)).netloc == "here.example"


@given(st.text(alphabet=st.characters(exclude_categories=[])).map("/".__add__))
@example("/posts\ud800")
def test_a_target_can_be_written_as_an_address(target: str) -> None:
    assert local_path(target).encode()


def test_a_plain_path_passes() -> None:
    assert local_path("/posts?state=all") == "/posts?state=all"
    assert local_path("/" + "x" * 5000) == "/"
    assert local_path("https://evil.example", "/sign-in") == "/sign-in"


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, False),
        ({"origin": "http://here.example:8501"}, True),
        ({"origin": "https://allin.example"}, True),  # a proxy told us another host
        ({"origin": "http://here.example"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"origin": "http://"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site", "origin": "http://here.example:8501"}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
    ],
)
def test_where_a_request_comes_from(
    headers: dict[str, str], ours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(origin, "get_settings", lambda: Settings(public_url="https://allin.example"))
    assert same_origin(_connection({"host": "here.example:8501", **headers})) is ours


def test_without_a_host_nothing_is_ours() -> None:
    assert not same_origin(_connection({}))
    assert not same_origin(_connection({"origin": "http://"}))


def test_whose_machine_a_request_comes_from() -> None:
    plain = _connection({"user-agent": "A browser\t" + "x" * 1000, "x-forwarded-for": "198.51.100.1"})
    assert origin_of(plain) == Origin("192.0.2.7", "A browser" + "x" * (MAX_USER_AGENT - len("A browser")))
    assert origin_of(HTTPConnection({"type": "http", "headers": []})) == Origin(None, None)


def _connection(headers: dict[str, str]) -> HTTPConnection:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return HTTPConnection({"type": "http", "headers": raw, "client": ("192.0.2.7", 4321)})
