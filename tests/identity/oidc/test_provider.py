"""Addresses that a provider may have."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx2
import pytest
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from hypothesis import given
from hypothesis import strategies as st

from identity.oidc.provider import is_usable

SANDBOX = frozenset({"http://127.0.0.1:8600"})


@pytest.mark.parametrize(
    "address",
    [
        *("https://login.example.com", "https://login.example.com:8443/a?b=c", "https://[2606:4700::1111]/"),
        *("https://1.1.1.1", "http://127.0.0.1:8600/oidc", "https://xn--lgin-5qa.example.com"),
    ],
)
def test_https_addresses_and_the_allowed_origin_can_be_used(address: str) -> None:
    assert is_usable(address, SANDBOX)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "x",
            "https://",
            "https:x",
            "http://127.0.0.1:8601/",
            "http://127.0.0.1/",
            "http://localhost:8600/",
        ),
        *(
            "https://u@x.example",
            "https://u:p@x.example",
            "https://[x",
            "https://-x.example",
            "https://x_y.example",
        ),
        *(
            "https://x.example:port",
            "http://127.0.0.1:8600@x.example",
            "https://x.example\n",
            "https://x.",
            "data:x",
        ),
    ],
)
def test_others_can_not(address: str) -> None:
    assert not is_usable(address, SANDBOX)


SCHEMES = st.sampled_from(["https://", "https:", "http://127.0.0.1:8600", "HTTPS://", "http://", "//"])


@given(SCHEMES, st.text(alphabet="ab1.-:/?#[]@\\%;&= ü。ﷺ\n\0", max_size=20))
def test_what_can_be_used_is_one_and_the_same_address_to_everybody(scheme: str, rest: str) -> None:
    """To the check, to who makes the request, and to who builds the browser's address."""
    address = scheme + rest
    if not is_usable(address, SANDBOX):
        return
    seen, again = httpx2.URL(address), urlsplit(address)
    assert (again.scheme, again.hostname, again.port) == (seen.scheme, seen.raw_host.decode(), seen.port)
    assert again.username is None
    built = httpx2.URL(prepare_grant_uri(address, client_id="c", response_type="code", state="s"))
    assert (built.scheme, built.host, built.port) == (seen.scheme, seen.host, seen.port)
    assert built.params["client_id"] == "c"
