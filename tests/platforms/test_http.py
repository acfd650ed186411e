"""Whether a failure leaves a write in doubt, is decided by what really went over the wire."""

from __future__ import annotations

import logging
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest

from platforms.errors import (
    Ambiguous,
    NeedsPerson,
    NetworkError,
    RateLimited,
    Rejected,
    TemporarilyRejected,
    TokenRefused,
)
from platforms.http import READ_ATTEMPTS, Api, Reply
from tests.platforms.wire import Act, answer, close, hang, refusing_url, reset, say, wire

TOKEN = "token-that-must-not-be-seen"
TRUNCATED = say(b'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"id": "1')
UNKNOWN: dict[str, Act] = {
    "reset": reset,
    "closed": close,
    "timed out": hang,
    "truncated": TRUNCATED,
    "not JSON": answer(200, "<html>OK</html>"),
    "not an object": answer(200, "[1]"),
    "endlessly nested": answer(200, "[" * 200_000),
    "half a head": say(b"HTTP/1.1 2"),
    "not HTTP": say(b"\x16\x03\x01 hello\r\n\r\n"),
    "bad gzip": answer(200, "{}", content_encoding="gzip"),
    "500": answer(500, '{"detail": "oops"}'),
    "503": answer(503, "busy"),
    "408": answer(408),
    "redirect": answer(302, "{}", location="https://example.com/"),
}


class Pauses:
    """Instead of sleeping, remembers how long."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def silent(reply: Reply, *, write: bool, secrets: tuple[str, ...]) -> NetworkError | None:
    """A network without words of its own."""
    assert isinstance(reply, Reply)
    assert isinstance(write, bool)
    assert isinstance(secrets, tuple)
    return None


def api(url: str, pauses: Pauses | None = None, patience_s: float = 20.0) -> Api:
    timeout = httpx2.Timeout(0.3)
    return Api("Net", url, silent, sleep=pauses or Pauses(), timeout=timeout, patience_s=patience_s)


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_write_without_a_whole_answer_is_ambiguous_and_sent_once(name: str) -> None:
    with wire(UNKNOWN[name]) as server:
        with pytest.raises(Ambiguous):
            api(server.url).write("posts", token=TOKEN, json_body={"text": "hi"})
        assert len(server.requests) == 1


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_read_without_a_whole_answer_is_repeated(name: str) -> None:
    pauses = Pauses()
    with wire(UNKNOWN[name]) as server:
        with pytest.raises(TemporarilyRejected):
            api(server.url, pauses).read("posts", token=TOKEN)
        assert len(server.requests) == READ_ATTEMPTS
    assert len(pauses.seconds) == READ_ATTEMPTS - 1
    assert pauses.seconds == sorted(pauses.seconds) or max(pauses.seconds) < 6


def test_a_refused_connection_sent_nothing() -> None:
    url = refusing_url()
    with pytest.raises(TemporarilyRejected, match="nothing was sent"):
        api(url).write("posts", token=TOKEN, json_body={})
    with pytest.raises(TemporarilyRejected):
        api(url).read("posts", token=TOKEN)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected),
        (404, Rejected),
        (413, Rejected),
        (401, TokenRefused),
        (403, NeedsPerson),
        (429, RateLimited),
    ],
)
@pytest.mark.parametrize("body", ["{}", "<html>", ""])
def test_a_refusal_wrote_nothing(status: int, kind: type[NetworkError], body: str) -> None:
    with wire(answer(status, body)) as server:
        with pytest.raises(kind) as caught:
            api(server.url).write("posts", token=TOKEN, json_body={})
        assert len(server.requests) == 1
    assert not isinstance(caught.value, Ambiguous)
    assert caught.value.status == status


def test_a_reset_on_a_kept_connection_cannot_happen_to_a_write() -> None:
    def answer_once(connection: socket.socket) -> None:
        """Answer, keep the connection, and never look at it again: a second request on it is lost."""
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with wire(answer_once) as server:
        client = api(server.url)
        for _ in range(5):
            assert client.write("posts", token=TOKEN, json_body={}).document == {}
        assert len(server.requests) == 5


def test_a_read_goes_on_after_a_blip() -> None:
    with wire(reset, answer(502), answer(200, '{"ok": 1}')) as server:
        assert api(server.url).read("posts", {"a": "b c"}, token=TOKEN).document == {"ok": 1}
        assert b"GET /posts?a=b+c " in server.requests[0] or b"GET /posts?a=b%20c " in server.requests[0]


@pytest.mark.parametrize("as_date", [False, True])
def test_a_read_waits_as_long_as_it_is_told(as_date: bool) -> None:
    pauses = Pauses()
    named = format_datetime(datetime.now(UTC) + timedelta(seconds=7), usegmt=True) if as_date else "7"
    with wire(answer(429, retry_after=named), answer(200, "{}")) as server:
        api(server.url, pauses).read("posts", token=TOKEN)
    assert len(pauses.seconds) == 1
    assert 5 <= pauses.seconds[0] <= 7.3


def test_a_network_that_is_down_says_until_when() -> None:
    pauses = Pauses()
    with wire(answer(503, retry_after="7"), answer(200, "{}")) as server:
        api(server.url, pauses).read("posts", token=TOKEN)
    assert len(pauses.seconds) == 1
    assert 5 <= pauses.seconds[0] <= 7.3
    with wire(answer(503, retry_after="900")) as server:
        with pytest.raises(RateLimited):
            api(server.url).upload("posts", token=TOKEN, json_body={})
        with pytest.raises(Ambiguous):
            api(server.url).write("posts", token=TOKEN, json_body={})


def test_a_network_s_own_words_do_not_hide_the_moment_it_names() -> None:
    def classify(reply: Reply, *, write: bool, secrets: tuple[str, ...]) -> NetworkError:  # noqa: ARG001
        return RateLimited("wait", until=reply.received_at + timedelta(minutes=1))

    with wire(answer(403, retry_after="900")) as server, pytest.raises(RateLimited) as caught:
        Api("Net", server.url, classify).write("posts", token=TOKEN, json_body={})
    assert caught.value.until > datetime.now(UTC) + timedelta(seconds=880)


def test_a_read_that_would_wait_too_long_says_until_when() -> None:
    pauses = Pauses()
    with wire(answer(429, retry_after="900")) as server:
        with pytest.raises(RateLimited) as caught:
            api(server.url, pauses).read("posts", token=TOKEN)
        assert len(server.requests) == 1
    assert pauses.seconds == []
    assert timedelta(seconds=890) < caught.value.until - datetime.now(UTC) <= timedelta(seconds=900)


@pytest.mark.parametrize("value", ["", "soon", "-5", "nan", "9" * 400, "9" * 6000, "Wed, 99 Foo 2026", "²"])
def test_a_broken_retry_after_stops_nobody_for_good(value: str) -> None:
    raw = f"HTTP/1.1 429 X\r\nRetry-After: {value}\r\nContent-Length: 0\r\n\r\n"
    with wire(say(raw.encode())) as server, pytest.raises(RateLimited) as caught:
        api(server.url, patience_s=0).read("posts", token=TOKEN)
    assert caught.value.until <= datetime.now(UTC) + timedelta(days=31)


def test_tokens_travel_in_headers_and_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with wire(answer(200, "{}")) as server:
        api(server.url).read("debug_token", {"input_token": TOKEN}, token=TOKEN)
        api(server.url).write(
            "oauth2/token", basic=("id", "client-secret-value"), form={"refresh_token": TOKEN}
        )
        assert f"authorization: bearer {TOKEN}".encode() in server.requests[0].lower()
    assert "debug_token" in caplog.text
    assert TOKEN not in caplog.text
    assert "client-secret-value" not in caplog.text


def test_no_cookie_goes_from_one_account_to_another() -> None:
    with wire(answer(200, "{}", set_cookie="who=first; Path=/")) as server:
        client = api(server.url)
        client.read("posts", token="first")
        client.read("posts", token="second")
        assert b"cookie" not in server.requests[1].lower()
