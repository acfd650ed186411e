"""An OpenID provider that people may sign in by: the installation's own, or one of an organization."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
from sqlalchemy import select

from foundation import keyring
from foundation.keyring import KeyRingError
from foundation.outgoing import origin
from foundation.settings import Settings
from identity.errors import IdentityError
from identity.models import IdentityProvider, Organization
from identity.work import Door

_HOST: Final = re.compile(r"(?!-)[a-z0-9.-]*[a-z0-9]")


class ProviderError(IdentityError):
    """The provider can't be used, or does not answer as it must; the message says how, in one line."""


@dataclass(frozen=True)
class Provider:
    """A provider as the flow uses it. Without ids it is the installation's.

    `allow` are the origins that may be private and without TLS: of the installation's own settings alone.
    """

    id: UUID | None
    organization_id: UUID | None
    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    allow: frozenset[str] = frozenset()


def of_installation(settings: Settings) -> Provider | None:
    """The provider that the settings name, if they name one."""
    if not settings.oidc_issuer:
        return None
    return Provider(
        id=None,
        organization_id=None,
        name=settings.oidc_name or "OpenID",
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        allow=_origins(settings.oidc_issuer),
    )


def of_organization(row: IdentityProvider, settings: Settings) -> Provider:
    """An organization's provider, with its secret decrypted.

    Raises:
        ProviderError: the secret can't be decrypted.
    """
    try:
        secret = keyring.load(settings).decrypt(row.client_secret, secret_context(row.id))
    except KeyRingError:
        raise ProviderError("The client secret can't be read any more. Set it again.") from None
    return Provider(
        id=row.id,
        organization_id=row.organization_id,
        name=row.name,
        issuer=row.issuer,
        client_id=row.client_id,
        client_secret=secret,
        allow=demo_origins(settings),
    )


def demo_origins(settings: Settings) -> frozenset[str]:
    """Where on this machine an organization's provider may be: at the sandbox of the demo, nowhere else."""
    return _origins(settings.sandbox_url) if settings.demo else frozenset()


def _origins(address: str) -> frozenset[str]:
    try:
        return frozenset({origin(address)})
    except httpx2.InvalidURL:
        return frozenset()


def is_usable(address: str, allow: frozenset[str]) -> bool:
    """Whether an address is https, or of an origin that need not be; with a host, and without credentials.

    What programs read differently (odd signs, hosts that are none) is not used.
    """
    try:
        url, parts = httpx2.URL(address), urlsplit(address)
        secure = url.scheme == "https" or origin(url) in allow
        host = parts.hostname if parts.port != 0 else None
    except (httpx2.InvalidURL, ValueError):
        return False
    plain = all("!" <= sign <= "~" and sign != "\\" for sign in address) and "@" not in parts.netloc
    same = host is not None and host == url.raw_host.decode()
    return secure and plain and same and (bool(_HOST.fullmatch(host or "")) or _is_ip(host or ""))


def _is_ip(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def secret_context(provider_id: UUID) -> str:
    """What a provider's encrypted secret is bound to."""
    return f"identity_provider:{provider_id}"


def enabled(door: Door, provider_id: UUID) -> IdentityProvider | None:
    """The provider's row, if it is in use and its organization is not deleted."""
    return door.session.scalar(
        select(IdentityProvider)
        .join(Organization, Organization.id == IdentityProvider.organization_id)
        .where(
            IdentityProvider.id == provider_id,
            IdentityProvider.enabled,
            Organization.deleted_at.is_(None),
        )
        .execution_options(populate_existing=True)
    )
