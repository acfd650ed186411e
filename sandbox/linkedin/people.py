"""Who signs in to LinkedIn here: for each organization one person who administers it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sandbox.model import Account
from sandbox.services import Services

NETWORK: Final = "linkedin"
ORGANIZATION, PERSON = "urn:li:organization:", "urn:li:person:"
_PREFIX = "adm"


def person_of(organization: str) -> str:
    """The `sub` of an organization's administrator."""
    return _PREFIX + organization.removeprefix(ORGANIZATION)


def organization_of(sandbox: Services, sub: str) -> Account:
    """The organization that a person administers."""
    return sandbox.timeline.accounts[ORGANIZATION + sub.removeprefix(_PREFIX)]


def author(sandbox: Services, sub: str, urn: str) -> Account | None:
    """The account of an author whom this person may publish for, or None."""
    organization = organization_of(sandbox, sub)
    if urn == organization.id:
        return organization
    if urn == PERSON + sub:
        return replace(organization, id=urn, name=name_of(organization))
    return None


def name_of(organization: Account) -> str:
    """What the administrator is called."""
    return f"Office of {organization.name}"
