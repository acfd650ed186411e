"""Two organizations with something of everything, and a token for each kind of person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update

from foundation.database import utc_now, worker_session
from identity import api_keys, brands, invitations, providers
from identity.models import Connection, Organization, Person
from identity.opaque import digest, new_token
from identity.permissions import Permission, Role
from identity.sessions import authenticate
from tests.identity.acting import acting, new_account, new_member, new_organization, principal
from tests.identity.people import add_member, tokens_for

SECRET = "of-the-provider-alone"


@dataclass(frozen=True)
class Home:
    """An organization with its owner, and one of everything that can be in it."""

    name: str
    id: UUID
    owner: str
    person: UUID
    member: UUID
    brand: UUID
    account: UUID
    connection: UUID
    invitation: UUID
    provider: UUID
    api_key: UUID
    session: UUID

    @property
    def ids(self) -> dict[str, UUID]:
        """What the parameters of paths name."""
        return {
            "person_id": self.member,
            "brand_id": self.brand,
            "invitation_id": self.invitation,
            "provider_id": self.provider,
            "key_id": self.api_key,
            "session_id": self.session,
            "account_id": self.account,
            "connection_id": self.connection,
            "organization_id": self.id,
        }


@dataclass(frozen=True)
class World:
    """Ours and theirs. `tokens` opens a session for each role in ours; `key` acts as our owner."""

    ours: Home
    theirs: Home
    tokens: dict[Role, str]
    key: str

    def as_(self, role: Role = Role.OWNER) -> dict[str, str]:
        """The headers of someone with this role in our organization."""
        return bearer(self.tokens[role])


def bearer(token: str) -> dict[str, str]:
    """The header that a token or key goes in."""
    return {"Authorization": f"Bearer {token}"}


def make_world() -> World:
    """Write it all."""
    ours, theirs = make_home("Lindenhof Agency"), make_home("Quellwasser Studio")
    tokens = {Role.OWNER: token_of(ours.owner)}
    for role in Role:
        if role is not Role.OWNER:
            email = f"{role.lower()}@example.com"
            add_member(ours.id, email, role, [ours.brand] if role is Role.CLIENT else None)
            tokens[role] = token_of(email)
    with acting(principal(ours.person, ours.id)) as work:
        _, key = api_keys.create(work, "Everything", list(Permission))
    return World(ours, theirs, tokens, key)


def make_home(name: str) -> Home:
    """An organization; every name in it begins with its own first word."""
    word = name.split()[0]
    organization = new_organization(name)
    owner = new_member(organization, Role.OWNER, email=f"{word.lower()}@example.com")
    member = new_member(organization, Role.EDITOR, email=f"{word.lower()}-editor@example.com")
    with acting(owner) as work:
        brand = brands.create(work, f"{word} brand", "Europe/Berlin")
    account = new_account(organization, brand)
    connection = new_connection(organization, owner.person_id, brand)
    with acting(owner) as work:
        invitation = invitations.invite(work, f"{word.lower()}-guest@example.com", Role.VIEWER)
        provider = providers.create(work, f"{word} ID", "https://login.example.com", word, SECRET)
        made, _ = api_keys.create(work, f"{word} key", [Permission.BRANDS_READ])
    session = session_of(owner.email)
    return Home(
        name, organization, owner.email, owner.person_id, member.person_id, brand, account, connection,
        invitation.id, provider, made.id, session,
    )  # fmt: skip


def new_connection(organization: UUID, person: UUID, brand: UUID) -> UUID:
    """A consent that somebody has begun in another session."""
    with worker_session() as session:
        made = Connection(
            organization_id=organization,
            person_id=person,
            brand_id=brand,
            network="facebook",
            state_hash=digest(new_token()),
            sealed="",
            expires_at=utc_now() + timedelta(hours=1),
        )
        session.add(made)
        session.flush()
        return made.id


def token_of(email: str) -> str:
    """A new access token of the person with this address."""
    return tokens_for(email).access_token


def session_of(email: str) -> UUID:
    """The id of a new session of the person with this address."""
    session_id = authenticate(token_of(email)).session_id
    assert session_id is not None
    return session_id


def make_super_admin(email: str) -> None:
    """Let someone administer the installation."""
    with worker_session() as session:
        session.execute(update(Person).where(Person.email == email).values(super_admin=True))


def rename(organization: UUID, name: str) -> None:
    """Give an organization another name."""
    with worker_session() as session:
        session.execute(update(Organization).where(Organization.id == organization).values(name=name))
