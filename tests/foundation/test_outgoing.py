"""Requests to addresses that people name: where they may go, and how much of an answer is taken."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation import outgoing, public_addresses
from foundation.outgoing import AddressRefusedError, AnswerTooLargeError, guarded_client, origin
from foundation.public_addresses import is_public
from tests.foundation.web import Answer, Server, certificate, serving

MEGABYTE = 1_000_000


def client(*allow: str, max_bytes: int = MEGABYTE, timeout_s: float = 5) -> httpx2.Client:
    return guarded_client(allow=allow, max_bytes=max_bytes, timeout_s=timeout_s)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """A name server that says what the test wants, one answer after the other; real for numeric addresses."""
    answers: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def lookup(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in answers:
            return real(host, port, *args, **kwargs)
        found = answers[host].pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return answers


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.8.8.8", "localhost", "LOCALHOST", "0.0.0.0"),  # noqa: S104
        *("10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "168.63.129.16"),
        *("192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.88.99.1"),
        *("2130706433", "0x7f000001", "127.1", "0", "017700000001"),
        *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]"),
        *(
            "[2002:7f00:1::]",
            "[2001::1]",
            "[fe80::1]",
            "[fc00::1]",
            "[ff02::1]",
            "[fec0::1]",
            "[2001:db8::1]",
        ),
    ],
)
def test_nothing_is_sent_to_what_is_not_public(server: Server, host: str) -> None:
    with client(f"http://127.0.0.1:{server.port + 1}") as guarded, pytest.raises(AddressRefusedError):
        guarded.get(f"https://{host}:{server.port}/")
    assert server.connections == 0


@pytest.mark.parametrize(
    "host",
    ["localhost.", "127.0.0.1.", "0177.0.0.1", "0x7f.0.0.1", "127.0.0.256", "①②⑦.0.0.1", "127。0。0。1"],
)
def test_odd_spellings_of_addresses_lead_nowhere(server: Server, host: str) -> None:
    with client() as guarded, pytest.raises((httpx2.TransportError, httpx2.InvalidURL)):
        guarded.get(f"https://{host}:{server.port}/")
    assert server.connections == 0


@pytest.mark.parametrize("addresses", [["10.0.0.5"], ["127.0.0.1"], ["1.1.1.1", "192.168.0.9"]])
def test_a_name_with_a_private_address_is_refused(
    names: dict[str, list[list[str]]], addresses: list[str]
) -> None:
    names["intranet.example"] = [addresses]
    with client() as guarded, pytest.raises(AddressRefusedError):
        guarded.get("https://intranet.example/")


def test_a_name_that_is_not_known_can_not_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with client() as guarded, pytest.raises(httpx2.ConnectError, match="resolved"):
        guarded.get("https://nowhere.example/")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "file:///etc/passwd", "/path", "nowhere"])
def test_other_schemes_are_not_spoken_even_where_they_are_allowed(url: str) -> None:
    for allowed in ((), (url,)):
        with client(*allowed) as guarded, pytest.raises(httpx2.TransportError):
            guarded.get(url)


def test_http_is_not_spoken_to_the_public() -> None:
    with client() as guarded, pytest.raises(AddressRefusedError, match="only https"):
        guarded.get("http://192.0.2.1/")


def test_an_origin_the_installation_names_is_reached_and_no_other_port_or_scheme(server: Server) -> None:
    with serving() as other, client(f"{server.url}/some/path") as guarded:
        assert guarded.get(f"{server.url}/").text == "hello"
        for elsewhere in (
            f"{other.url}/",
            f"https://127.0.0.1:{server.port}/",
            f"http://localhost:{server.port}/",
        ):
            with pytest.raises(AddressRefusedError):
                guarded.get(elsewhere)
        assert (server.connections, other.connections) == (1, 0)


def test_a_redirect_is_not_followed_and_never_into_what_is_refused(server: Server) -> None:
    with serving() as private, client(server.url) as guarded:
        server.answers["/"] = Answer(302, {"Location": f"{private.url}/"})
        assert guarded.get(f"{server.url}/").status_code == 302
        with pytest.raises(AddressRefusedError):
            guarded.get(f"{server.url}/", follow_redirects=True)
        assert private.connections == 0


def test_a_huge_answer_is_cut_off_early(server: Server) -> None:
    server.answers["/"] = Answer(chunks=[b"x" * 65_536] * 1_600)  # 105 MB
    with client(server.url) as guarded, pytest.raises(AnswerTooLargeError):
        guarded.get(f"{server.url}/")
    assert server.sent < 20 * MEGABYTE  # what the kernel's buffers take may be sent in vain


def test_headers_count_as_well(server: Server) -> None:
    server.answers["/"] = Answer(headers={f"X-{n}": "x" * 900 for n in range(60)})
    with client(server.url, max_bytes=20_000) as guarded, pytest.raises(AnswerTooLargeError):
        guarded.get(f"{server.url}/")


def test_a_compressed_answer_is_not_unpacked(server: Server) -> None:
    packed = gzip.compress(b"0" * 50 * MEGABYTE)
    assert len(packed) < MEGABYTE / 10
    server.answers["/"] = Answer(headers={"Content-Encoding": "gzip"}, chunks=[packed])
    with client(server.url) as guarded, pytest.raises(httpx2.RemoteProtocolError, match="compressed"):
        guarded.get(f"{server.url}/")


@pytest.mark.parametrize("headers", [True, False])
def test_an_answer_that_drips_is_given_up(server: Server, headers: bool) -> None:
    server.answers["/"] = Answer(chunks=[b"x"] * 400, pause_s=0.05, dripping_headers=headers)
    started = time.monotonic()
    with client(server.url, timeout_s=0.4) as guarded, pytest.raises(httpx2.TimeoutException):
        guarded.get(f"{server.url}/")
    assert time.monotonic() - started < 3


def test_the_connection_goes_to_the_address_that_was_checked_and_tls_proves_the_name(
    names: dict[str, list[list[str]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name server changes its mind between two questions; there is no second question."""
    issued = certificate("idp.example", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(issued))
    outgoing._ssl_context.cache_clear()
    monkeypatch.setattr(public_addresses, "is_public", lambda address: str(address) == "127.0.0.1")
    with serving(issued) as real, client() as guarded:
        names["idp.example"] = [["127.0.0.1"], ["127.0.0.2"]]
        assert guarded.get(f"https://idp.example:{real.port}/").text == "hello"
        assert real.requests[0]["host"] == f"idp.example:{real.port}"
        assert names["idp.example"] == [["127.0.0.2"]]
        with pytest.raises(AddressRefusedError):  # every request asks anew
            guarded.get(f"https://idp.example:{real.port}/")
        names["other.example"] = [["127.0.0.1"]]
        with pytest.raises(httpx2.ConnectError, match=r"(?i)certificate"):
            guarded.get(f"https://other.example:{real.port}/")
    outgoing._ssl_context.cache_clear()


def test_the_next_address_is_tried_when_the_first_does_not_answer(
    names: dict[str, list[list[str]]], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_addresses, "is_public", lambda _: True)
    names["two.example"] = [["127.0.0.9", "127.0.0.1"]]  # the server listens on the second alone
    with client() as guarded, pytest.raises(httpx2.ConnectError, match=r"(?i)ssl|tls|record|version"):
        guarded.get(f"https://two.example:{server.port}/")  # reached, but it speaks no TLS
    assert server.connections == 1


def test_no_proxy_of_the_environment_is_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, server.url)
    with client() as guarded, pytest.raises(AddressRefusedError):
        guarded.get("https://10.0.0.1/")
    assert server.connections == 0


SPECIAL = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
    *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "::/8", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64"),
    *("2001::/32", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
]  # IANA's special-purpose registries, and what RFCs have taken out of use


@given(st.sampled_from(SPECIAL).flatmap(lambda network: st.ip_addresses(network=network)))
def test_no_special_address_is_public(address: IPv4Address | IPv6Address) -> None:
    assert not is_public(address)
    if isinstance(address, IPv4Address):
        assert not is_public(IPv6Address(f"::ffff:{address}"))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "93.184.215.14", "2606:4700::1111", "2a00:1450::1"]
)
def test_ordinary_addresses_are(address: str) -> None:
    assert is_public(ip_address(address))
    assert not any(ip_address(address) in ip_network(special) for special in SPECIAL)


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin("https://Example.com/a?b#c") == "https://example.com:443"
    assert origin("http://user:x@127.0.0.1:8600/oidc") == "http://127.0.0.1:8600"
    assert origin("http://[::1]/") == "http://::1:80"
    with pytest.raises(httpx2.InvalidURL):
        origin("https://host:port/")
