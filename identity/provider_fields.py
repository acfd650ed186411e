"""What an organization says of its OpenID provider, checked and as it is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypedDict
from uuid import UUID

from foundation import keyring
from foundation.settings import Settings
from identity import inputs
from identity.errors import InvalidError
from identity.oidc.provider import demo_origins, is_usable, secret_context
from identity.permissions import Role

# An OWNER is made by an owner, and a CLIENT belongs to one brand.
PROVISIONED: Final = (Role.ADMIN, Role.EDITOR, Role.MEMBER, Role.VIEWER)
MAX_ISSUER, MAX_CLIENT_ID, MAX_SECRET = 500, 255, 1000  # characters
ISSUER_HINT: Final = "Type the issuer as an https address, such as https://login.example.com, without ? or #."


class ProviderOptions(TypedDict, total=False):
    """How a provider is used.

    `enforced`: members but OWNERs enter the organization by it alone (API keys go on working, for members
    made them). `provision_role`: who is new there is invited with this role; None invites nobody.
    """

    enforced: bool
    provision_role: Role | None
    enabled: bool


class ProviderFields(ProviderOptions, total=False):
    """Everything that can be changed. What is left out stays; a new issuer needs the secret typed again."""

    name: str
    issuer: str
    client_id: str
    client_secret: str


def checked(settings: Settings, provider_id: UUID, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as they are stored: the secret is encrypted.

    Raises:
        InvalidError: one can't be used.
    """
    ring, context = keyring.load(settings), secret_context(provider_id)
    checks: dict[str, Callable[[Any], Any]] = {
        "name": lambda value: inputs.name(value, "name"),
        "issuer": lambda value: _issuer(value, settings),
        "client_id": lambda value: _word(value, "client_id", MAX_CLIENT_ID),
        "client_secret": lambda value: ring.encrypt(_word(value, "client_secret", MAX_SECRET), context),
        "provision_role": _role,
        "enforced": bool,
        "enabled": bool,
    }
    return {field: checks[field](value) for field, value in fields.items()}


def _issuer(value: str, settings: Settings) -> str:
    """An address as OpenID Connect Discovery 1.0, section 3 wants it; kept exactly, for it is compared so."""
    issuer = _word(value, "issuer", MAX_ISSUER)
    if not is_usable(issuer, demo_origins(settings)) or "?" in issuer or "#" in issuer:
        raise InvalidError(ISSUER_HINT, field="issuer")
    return issuer


def _word(value: str, field: str, longest: int) -> str:
    """A text of visible ASCII characters, as ids, secrets and addresses of this standard are."""
    word = value.strip()
    if not 0 < len(word) <= longest or any(not "!" <= letter <= "~" for letter in word):
        raise InvalidError(f"Use 1 to {longest} letters, digits and signs, without spaces.", field=field)
    return word


def _role(value: Role | None) -> str | None:
    if value is not None and value not in PROVISIONED:
        raise InvalidError("People who are new can't be invited with this role.", field="provision_role")
    return value and value.value
