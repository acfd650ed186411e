"""Which addresses are of the public internet, and the ones that a host has."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx2

_PUBLIC_V6 = IPv6Network("2000::/3")  # global unicast (RFC 4291); all else there is has a use of its own
# Public by the registries, and yet of a machine's own surroundings: Azure's host, and the relays of 6to4.
_NOT_PUBLIC = (IPv4Network("168.63.129.16/32"), IPv4Network("192.88.99.0/24"))


class AddressRefusedError(httpx2.ConnectError):
    """The address is not one that a request may go to; nothing was sent."""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is of the public internet: neither private, local, shared, reserved nor multicast.

    IPv6 addresses that carry an IPv4 address within (mapped, translated, tunnelled) are not.
    """
    if isinstance(address, IPv4Address):
        odd = address.is_multicast or address.is_reserved or any(address in net for net in _NOT_PUBLIC)
        return address.is_global and not odd
    tunnelled = address.sixtofour is not None or address.teredo is not None
    return address in _PUBLIC_V6 and address.is_global and not tunnelled


def public_addresses(host: str, port: int) -> list[str]:
    """The host's addresses, the system's favourite first.

    Raises:
        AddressRefusedError: one of them is not public, which spoils them all.
        httpx2.ConnectError: the host has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise httpx2.ConnectError("the host's name can't be resolved") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not all(is_public(ip_address(address)) for address in addresses):
        raise AddressRefusedError("the host is not on the public internet")
    return addresses
