"""A brand with people who write and people who approve, and shorthands for what they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from foundation.database import Tenant, door_session, tenant_session, utc_now, worker_session
from foundation.settings import get_settings
from identity.permissions import Role
from mail.rendering import Rendered
from publishing.approvals import letters, links, reading, rounds, workflow
from publishing.approvals.models import ApprovalRound, Standing
from publishing.approvals.people import By
from publishing.approvals.reading import Waiting
from publishing.approvals.steps import Needs, Step
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.editing import edit_post
from publishing.models import Post, Publication
from publishing.states import State
from tests.identity.letters import letters_to, token_in
from tests.identity.people import add_member
from tests.publishing.conftest import Agency

TOMORROW = timedelta(days=1)
CLIENT = "client@example.com"


@dataclass(frozen=True)
class Team:
    """An author (MEMBER), editors, an owner, and what they do."""

    agency: Agency
    author: UUID
    anna: UUID
    bela: UUID
    owner: UUID

    @property
    def tenant(self) -> Tenant:
        return Tenant(self.agency.organization_id)

    def use(self, *steps: Step) -> None:
        """Set the workflow."""
        with tenant_session(self.tenant) as session:
            workflow.set_workflow(session, self.agency.organization_id, self.agency.brand_id, steps)

    def write(
        self, words: str = "hello", *, by: UUID | None = None, in_: timedelta = TOMORROW, **more: Any
    ) -> UUID:
        """Compose a post for both accounts; its id."""
        draft = self.draft(words, by=by, due_at=utc_now() + in_, **more)
        with tenant_session(self.tenant) as session:
            return create_post(session, self.agency.organization_id, draft, senders=self.agency.senders)

    def draft(
        self, words: str, *, by: UUID | None = None, due_at: datetime | None = None, **more: Any
    ) -> Draft:
        accounts = [self.agency.facebook, self.agency.x]
        return Draft(
            self.agency.brand_id, accounts, words, due_at=due_at, created_by=by or self.author, **more
        )

    def edit(self, post_id: UUID, words: str, *, by: UUID | None = None, **more: Any) -> int:
        """Change what the post says."""
        draft = self.draft(words, by=by, due_at=utc_now() + TOMORROW, **more)
        with tenant_session(self.tenant) as session:
            version = session.scalars(select(Post.version).where(Post.id == post_id)).one()
            return edit_post(
                session, post_id, draft, version=version, by=by or self.author, senders=self.agency.senders
            )

    def submit(self, post_id: UUID, by: UUID | None = None) -> UUID:
        with tenant_session(self.tenant) as session:
            return rounds.submit(session, post_id, by=by or self.author, senders=self.agency.senders)

    def decide(
        self, post_id: UUID, by: UUID, *, approves: bool = True, words: str = "", step: int | None = None
    ) -> Standing:
        """Decide in the newest round, at its present step."""
        round_ = self.round(post_id)
        with tenant_session(self.tenant) as session:
            at = round_.step if step is None else step
            return rounds.decide(session, round_.id, at, By("Someone", by), approves=approves, words=words)

    def round(self, post_id: UUID) -> ApprovalRound:
        """The newest round of the post."""
        with worker_session() as session:
            query = select(ApprovalRound).where(ApprovalRound.post_id == post_id)
            return session.scalars(query.order_by(ApprovalRound.submitted_at.desc()).limit(1)).one()

    def waiting_for(self, person_id: UUID) -> list[Waiting]:
        with tenant_session(self.tenant) as session:
            return reading.waiting(session, asked=person_id)


@pytest.fixture
def team(tenant: Agency) -> Team:
    def member(name: str, role: Role) -> UUID:
        return add_member(tenant.organization_id, f"{name}@example.com", role)

    return Team(
        tenant,
        member("author", Role.MEMBER),
        member("anna", Role.EDITOR),
        member("bela", Role.EDITOR),
        member("owner", Role.OWNER),
    )


def of_client(name: str = "Client") -> Step:
    return Step(name, client_email=CLIENT)


def by_name(*people: UUID, needs: Needs = Needs.ANY, name: str = "People") -> Step:
    return Step(name, person_ids=people, needs=needs)


def states(post_id: UUID) -> set[State]:
    with worker_session() as session:
        query = select(Publication.state).where(Publication.post_id == post_id)
        return set(map(State, session.scalars(query)))


def happened(post_id: UUID) -> list[tuple[str, dict[str, Any]]]:
    """Kinds and details of what others are told, oldest first."""
    with worker_session() as session:
        query = text("SELECT kind, details FROM happenings WHERE post_id = :id ORDER BY id")
        return [(row.kind, row.details) for row in session.execute(query, {"id": post_id})]


def kinds(post_id: UUID) -> Sequence[str]:
    return [kind.removeprefix("post.") for kind, _ in happened(post_id)]


def written_to(address: str = CLIENT) -> list[Rendered]:
    """The letters to a client, oldest first; those that wait for others are written now."""
    letters.write_all(get_settings(), gather=timedelta(0))
    return letters_to(address)


def newest_token() -> str:
    """The token of the link that was sent to the client last."""
    return token_in(written_to()[-1])


def place_of(token: str) -> links.Place:
    with door_session() as door:
        return links.look(door, token)
