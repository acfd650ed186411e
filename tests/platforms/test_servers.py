"""Servers that people name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.errors import Rejected, TemporarilyRejected
from platforms.mastodon.errors import classify
from platforms.servers import guarded, host_of, named
from tests.platforms.wire import answer, wire


@pytest.mark.parametrize(
    ("typed", "server"),
    [
        ("toot.example", "https://toot.example"),
        (" HTTPS://Toot.Example/@anna ", "https://toot.example"),
        ("toot.example/about", "https://toot.example"),
        ("@anna@toot.example", "https://toot.example"),
        ("toot.example.", "https://toot.example"),
        ("toot.example:443", "https://toot.example"),
        ("toot.example:8443", "https://toot.example:8443"),
        ("bücher.example", "https://xn--bcher-kva.example"),
        ("https://user:secret@toot.example", "https://toot.example"),
    ],
)
def test_what_people_type(typed: str, server: str) -> None:
    assert named("Mastodon", typed) == server
    assert named("Mastodon", server) == server
    assert host_of(server) == server.removeprefix("https://")


@pytest.mark.parametrize(
    "typed",
    ["", " ", "localhost", "http://toot.example", "ftp://a.example", "a b.example", "[::1]", "a.b:x"],
)
def test_what_can_be_no_server(typed: str) -> None:
    with pytest.raises(Rejected):
        named("Mastodon", typed)


@given(st.text())
def test_anything_else_is_a_server_or_refused(typed: str) -> None:
    try:
        server = named("Mastodon", typed)
    except Rejected:
        return
    assert server.startswith("https://")
    assert "." in host_of(server)
    assert server.isascii()
    assert not set(server.removeprefix("https://")) & set("/@?#% ")


def test_what_is_on_this_machine_is_never_asked() -> None:
    with wire(answer(200)) as server:
        api = guarded("Mastodon", server.url.replace("http://", "https://"), classify)
        with pytest.raises(TemporarilyRejected):
            api.upload("api/v1/apps", form={"client_name": "AllIN"})
        plain = guarded("Mastodon", server.url, classify)
        with pytest.raises(TemporarilyRejected):
            plain.upload("api/v1/apps", form={"client_name": "AllIN"})
        assert server.requests == []
