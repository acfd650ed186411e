"""The demo: a person, an organization, and the sandbox's brands with their accounts connected."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import httpx2
from pydantic import BaseModel, Field, SecretStr
from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from foundation.database import utc_now, worker_session
from foundation.settings import Settings
from identity.logos import generated_logo
from identity.models import (
    ApiKey,
    Brand,
    Membership,
    OneTimeToken,
    Organization,
    Person,
    ProviderIdentity,
    SignIn,
)
from identity.passwords import UNUSABLE, hash_password, verify_password
from identity.permissions import Role
from platforms import accounts
from platforms.contract import Credentials, RemoteAccount
from platforms.registry import network

DEMO = UUID("6f1d4a0e-6a0b-5d0c-9a6e-2f6f0b7c1a51")  # constant, so that every start finds the same rows
ORGANIZATION_ID = uuid5(DEMO, "organization")
PERSON_ID = uuid5(DEMO, "person")
ORGANIZATION_NAME = "Demo Agency"
PERSON_NAME = "Demo"


class FacebookAccess(BaseModel):
    """What the sandbox hands out to connect a Facebook page."""

    user_token: SecretStr
    page_id: str


class XAccess(BaseModel):
    """What the sandbox hands out to connect an X account; `expires_in` in seconds."""

    access_token: SecretStr
    refresh_token: SecretStr
    expires_in: int
    user_id: str


class WorldBrand(BaseModel):
    """A brand of the sandbox's world."""

    name: str = Field(min_length=1)
    timezone: str
    colour: str = Field(pattern=r"^#[0-9a-fA-F]{6}$")
    facebook: FacebookAccess | None = None
    x: XAccess | None = None


class World(BaseModel):
    """The sandbox's answer to ``GET /_sandbox/world``."""

    brands: list[WorldBrand]


def seed(settings: Settings) -> list[UUID]:
    """Create or complete the demo and return the ids of its connected accounts. May be repeated.

    Raises:
        httpx2.HTTPError: the sandbox does not answer.
        sqlalchemy.exc.IntegrityError: the demo's address is that of someone else.
        pydantic.ValidationError: it answers something else than a world.
    """
    world = fetch_world(settings)
    found = [(brand, remote) for brand in world.brands for remote in remote_accounts(brand)]
    with worker_session(settings) as session:
        _organization(session, settings)
        ids = {brand.name: _brand(session, brand) for brand in world.brands}
        return [
            accounts.connect(session, ORGANIZATION_ID, ids[brand.name], remote) for brand, remote in found
        ]


def withdraw(settings: Settings) -> bool:
    """End the demo of an earlier start: nobody signs in to it, no key opens it, no network is asked about it.

    None of its work is deleted, and `seed` brings the demo back.

    Returns:
        Whether there was a demo to withdraw.
    """
    with worker_session(settings) as session:
        person = session.get(Person, PERSON_ID, with_for_update=True)
        if person is None or person.password_hash == UNUSABLE:
            return False
        person.password_hash, person.super_admin = UNUSABLE, False
        for ended in (SignIn, ApiKey):
            opened = update(ended).where(ended.person_id == PERSON_ID, ended.revoked_at.is_(None))
            session.execute(opened.values(revoked_at=utc_now()))
        for gone in (OneTimeToken, ProviderIdentity):
            session.execute(delete(gone).where(gone.person_id == PERSON_ID))
        session.execute(
            update(accounts.ConnectedAccount)
            .where(accounts.ConnectedAccount.organization_id == ORGANIZATION_ID)
            .values(status=accounts.DISCONNECTED, status_reason="the demo is off")
        )
        return True


def fetch_world(settings: Settings) -> World:
    """Ask the sandbox for its brands and the tokens to connect them with."""
    response = httpx2.get(f"{settings.sandbox_url}/_sandbox/world", timeout=30)
    response.raise_for_status()
    return World.model_validate_json(response.content)


def remote_accounts(brand: WorldBrand) -> list[RemoteAccount]:
    """The accounts of a brand, asked of the networks with the tokens the sandbox gave."""
    found: list[RemoteAccount] = []
    if brand.facebook is not None:
        user = Credentials(access_token=brand.facebook.user_token.get_secret_value())
        page_id = brand.facebook.page_id
        pages = network("facebook").connect.accounts(user)
        found += [page for page in pages if page.external_id == page_id]
    if brand.x is not None:
        user = Credentials(
            access_token=brand.x.access_token.get_secret_value(),
            refresh_token=brand.x.refresh_token.get_secret_value(),
            expires_at=utc_now() + timedelta(seconds=brand.x.expires_in),
        )
        found += network("x").connect.accounts(user)
    return found


def _organization(session: Session, settings: Settings) -> None:
    """The organization and its one member, whose address and password always are the settings'.

    They administer the installation too, so that the demo shows everything.
    """
    _insert(session, Organization, id=ORGANIZATION_ID, name=ORGANIZATION_NAME)
    email, password = settings.demo_email.strip().lower(), settings.demo_password.get_secret_value()
    person = session.get(Person, PERSON_ID)
    if person is None:
        person = Person(id=PERSON_ID, name=PERSON_NAME, password_hash=hash_password(password))
        session.add(person)
    elif not verify_password(password, person.password_hash):
        person.password_hash = hash_password(password)
    person.email, person.super_admin = email, True
    session.flush()
    _insert(
        session,
        Membership,
        person_id=PERSON_ID,
        organization_id=ORGANIZATION_ID,
        role=Role.OWNER.value,
    )


def _brand(session: Session, brand: WorldBrand) -> UUID:
    """The brand's row; one that is there stays as people have changed it."""
    brand_id = uuid5(DEMO, f"brand:{brand.name}")
    _insert(
        session,
        Brand,
        id=brand_id,
        organization_id=ORGANIZATION_ID,
        name=brand.name,
        timezone=brand.timezone,
        colour=brand.colour,
        logo=generated_logo(brand.name, brand.colour),
    )
    return brand_id


def _insert(session: Session, model: type[Any], **values: object) -> None:
    session.execute(insert(model).values(**values).on_conflict_do_nothing())
