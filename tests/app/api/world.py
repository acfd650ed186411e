"""Two organizations with something of everything, and a token for each kind of person."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import update

from foundation.database import Tenant, tenant_session, utc_now, worker_session
from identity import api_keys, brands, invitations, providers
from identity.models import Connection, Organization, Person
from identity.opaque import digest, new_token
from identity.permissions import Permission, Role
from identity.sessions import authenticate
from publishing.approvals.models import ApprovalRound
from publishing.approvals.steps import Step
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.library import KeptFile
from publishing.listing import publications_of
from publishing.scheduling.models import Campaign, Queue, Recurrence
from publishing.telling.models import Happening, Webhook, WebhookDelivery
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
    post: UUID
    publication: UUID
    file: str
    more: dict[str, UUID]

    @property
    def ids(self) -> dict[str, object]:
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
            "post_id": self.post,
            "publication_id": self.publication,
            "key": self.file,
            **self.more,
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
    post, publication = new_post(organization, brand, account, f"{word} says hello")
    file = new_file(organization, word)
    return Home(
        name, organization, owner.email, owner.person_id, member.person_id, brand, account, connection,
        invitation.id, provider, made.id, session, post, publication, file,
        of_scheduling(organization, brand, account) | of_telling(organization, post),
    )  # fmt: skip


def new_post(organization: UUID, brand: UUID, account: UUID, words: str) -> tuple[UUID, UUID]:
    """A post that is due in an hour, and its publication."""
    due_at = utc_now() + timedelta(hours=1)
    with tenant_session(Tenant(organization)) as session:
        post = create_post(session, organization, Draft(brand, [account], words, due_at=due_at))
        return post, publications_of(session, post)[0].id


def of_scheduling(organization: UUID, brand: UUID, account: UUID) -> dict[str, UUID]:
    """A queue, a recurrence and a campaign, by how paths name them."""
    queue, recurrence, campaign = uuid4(), uuid4(), uuid4()
    here: dict[str, UUID] = {"organization_id": organization, "brand_id": brand}
    starts = utc_now().replace(tzinfo=None)
    with worker_session() as session:
        session.add(Queue(id=queue, name="Everyday", **here))
        session.add(Campaign(id=campaign, name="Spring", **here))
        session.add(
            Recurrence(
                id=recurrence,
                rule="FREQ=DAILY",
                starts_local=starts,
                account_ids=[account],
                content={"text": "Again"},
                **here,
            )
        )
    return {"queue_id": queue, "recurrence_id": recurrence, "campaign_id": campaign}


def of_telling(organization: UUID, post: UUID) -> dict[str, UUID]:
    """A round of approval of the post, a webhook and a message to it, by how paths name them."""
    webhook, delivery, step = uuid4(), uuid4(), vars(Step("Editors", role=Role.EDITOR))
    with worker_session() as session:
        round_ = ApprovalRound(organization_id=organization, post_id=post, version=1, steps=[step])
        happening = Happening(organization_id=organization, kind="post.published", post_id=post, details={})
        hook = Webhook(
            id=webhook,
            organization_id=organization,
            url="https://example.com/hook",
            kinds=["post.published"],
            sealed_secret="",
        )
        session.add_all([round_, happening, hook])
        session.flush()
        session.add(
            WebhookDelivery(
                id=delivery,
                organization_id=organization,
                webhook_id=webhook,
                happening_id=happening.id,
                body="{}",
                state="delivered",
            )
        )
        return {"round_id": round_.id, "webhook_id": webhook, "delivery_id": delivery}


def new_file(organization: UUID, words: str) -> str:
    """The key of a file of the organization's; its bytes are nowhere."""
    key = hashlib.sha256(words.encode()).hexdigest()
    with worker_session() as session:
        session.add(KeptFile(organization_id=organization, key=key, mime="image/png", size=67, name=words))
    return key


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
