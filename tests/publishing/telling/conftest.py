"""An organization with somebody in every role, a post by its editor, and what is told of it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import RowMapping, text

from foundation.database import worker_session
from foundation.settings import Settings
from identity.permissions import Role
from identity.principal import Principal
from publishing import happenings
from publishing.happenings import Kind
from publishing.telling.teller import Teller
from tests.identity.acting import new_person, principal
from tests.identity.people import add_brand, add_person, join

TEXT = "Fresh roast, <b>every</b> Friday"


@dataclass(frozen=True)
class House:
    """The ids; members by the word before the @ of their address."""

    organization: UUID
    brand: UUID
    other_brand: UUID
    account: UUID
    post: UUID
    publication: UUID
    members: Mapping[str, UUID]

    def member(self, name: str = "owner") -> Principal:
        """The member as they are now."""
        return principal(self.members[name], self.organization)

    def note(self, kind: Kind = Kind.FAILED, **details: Any) -> int:
        """Something happens to the post; the happening's id."""
        of_post = kind is not Kind.NEEDS_RECONNECT
        with worker_session() as session:
            happenings.note(
                session,
                self.organization,
                kind,
                post_id=self.post if of_post else None,
                publication_id=self.publication if of_post else None,
                account_id=self.account,
                details=details,
            )
            return int(session.scalar(text("SELECT max(id) FROM happenings")) or 0)

    def names(self, ids: set[UUID]) -> set[str]:
        """Who that is."""
        return {name for name, member in self.members.items() if member in ids}

    def notified(self) -> set[str]:
        """Who has a notification."""
        return self.names({row["person_id"] for row in rows("notifications")})

    def mailed(self) -> set[str]:
        """To whom an e-mail is queued."""
        return {str(row["to_address"]).partition("@")[0] for row in rows("emails")}


def rows(table: str) -> list[RowMapping]:
    """Every row of a table, oldest first."""
    with worker_session() as session:
        by_time = ("emails", "mailings", "webhook_deliveries", "webhooks")
        order = "created_at" if table in by_time else "id"
        return list(session.execute(text(f"SELECT * FROM {table} ORDER BY {order}")).mappings())


def execute(statement: str, **values: Any) -> None:
    """Change something behind the product's back."""
    with worker_session() as session:
        session.execute(text(statement), values)


def at_once(settings: Settings) -> Settings:
    """No e-mail waits for others."""
    return settings.model_copy(update={"tell_gather_seconds": 0, "tell_apart_seconds": 0})


def tell_all(settings: Settings) -> int:
    """Tell until nothing is left, and write the e-mails; how many were told."""
    teller, count = Teller(at_once(settings), threading.Event()), 0
    while teller.tell_next():
        count += 1
    while teller.mail_next():
        pass
    return count


@pytest.fixture
def house(settings: Settings) -> House:
    """OWNER, ADMIN, EDITOR, MEMBER, VIEWER of the whole; CLIENT of the brand; an EDITOR of another brand."""
    del settings
    owner, organization = add_person("owner@example.com")
    brand, other = add_brand(organization, "Nordlicht"), add_brand(organization, "Harbor")
    members = {"owner": owner}
    for name, role, brands in (
        ("admin", Role.ADMIN, None),
        ("editor", Role.EDITOR, None),
        ("member", Role.MEMBER, None),
        ("viewer", Role.VIEWER, None),
        ("client", Role.CLIENT, [brand]),
        ("elsewhere", Role.EDITOR, [other]),
    ):
        members[name] = new_person(f"{name}@example.com")
        join(members[name], organization, role, brands)
    made = House(organization, brand, other, uuid4(), uuid4(), uuid4(), members)
    _write(made)
    return made


def _write(house: House) -> None:
    of = {"organization_id": house.organization}
    execute(
        "INSERT INTO accounts (id, organization_id, brand_id, network, external_id, name, access_token) "
        "VALUES (:id, :organization_id, :brand, 'facebook', 'page', 'Nordlicht Coffee', 'sealed')",
        id=house.account, brand=house.brand, **of,
    )  # fmt: skip
    execute(
        "INSERT INTO posts (id, organization_id, brand_id, text, created_by) "
        "VALUES (:id, :organization_id, :brand, :text, :author)",
        id=house.post, brand=house.brand, text=TEXT, author=house.members["editor"], **of,
    )  # fmt: skip
    execute(
        "INSERT INTO publications (id, organization_id, post_id, account_id, network, state) "
        "VALUES (:id, :organization_id, :post, :account, 'facebook', 'failed')",
        id=house.publication, post=house.post, account=house.account, **of,
    )  # fmt: skip
