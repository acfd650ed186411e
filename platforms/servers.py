"""Servers that people name themselves, on networks that have many: Mastodon, Bluesky's hosts."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from platforms.errors import Rejected
from platforms.http import Api, Classifier

LONGEST: Final = 253  # characters of a host's name (RFC 1035 2.3.4)


def named(label: str, typed: str) -> str:
    """The base URL of the server that a person typed: ``https://`` and its host, with a port if it has one.

    An address of a page there, or of a person (``@name@host``), is understood too.

    Raises:
        Rejected: that can't be a server.
    """
    text = typed.strip()
    text = text if "/" in text else text.rpartition("@")[2]
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = (parts.hostname or "").rstrip(".").encode("idna").decode("ascii")
        port = parts.port
    except ValueError:  # UnicodeError is one
        raise _unusable(label) from None
    if parts.scheme != "https" or "." not in host or len(host) > LONGEST or any(c in host for c in " :%"):
        raise _unusable(label)
    return f"https://{host}" + (f":{port}" if port not in (None, 443) else "")


def host_of(server: str) -> str:
    """The host of a base URL, with a port if it has one."""
    return urlsplit(server).netloc


def guarded(label: str, server: str, classify: Classifier) -> Api:
    """The API of a server that a person named: only the public internet is reached."""
    return Api(label, server, classify, guarded=True)


def _unusable(label: str) -> Rejected:
    return Rejected(f"That is not the address of a {label} server: it looks like social.example.org")
