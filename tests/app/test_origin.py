from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.requests import HTTPConnection

from app.web.origin import local_path, same_origin


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


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, True),
        ({"origin": "http://here.example:8501"}, True),
        ({"origin": "http://here.example"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-origin"}, True),
    ],
)
def test_where_a_request_comes_from(headers: dict[str, str], ours: bool) -> None:
    raw = [(b"host", b"here.example:8501"), *((k.encode(), v.encode()) for k, v in headers.items())]
    assert same_origin(HTTPConnection({"type": "http", "headers": raw})) is ours
