"""Invitations that an organization's identity provider makes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from foundation.database import utc_now, worker_session
from identity import invitations
from identity.audit import Action
from identity.errors import (
    ConflictError,
    LinkError,
)
from identity.models import IdentityProvider
from identity.permissions import Role
from identity.principal import Principal
from identity.work import at_the_door
from tests.identity.acting import (
    ORIGIN,
    acting,
    new_member,
    new_organization,
    principal,
    trail_of,
)
from tests.identity.inviting import GUEST, accept, change_all, invite, listed, look, newest_token
from tests.identity.letters import letters_to


@pytest.fixture
def owner(settings: object) -> Principal:
    assert settings
    return new_member(new_organization())


@pytest.fixture
def provider(owner: Principal) -> IdentityProvider:
    with worker_session() as session:
        made = IdentityProvider(
            organization_id=owner.organization_id,
            name="Works",
            issuer="https://id.example.com",
            client_id="c",
            client_secret="sealed",
            provision_role=Role.MEMBER.value,
        )
        session.add(made)
    return made


def provide(provider: IdentityProvider, email: str = GUEST) -> None:
    with at_the_door(ORIGIN) as door:
        invitations.invite_by_provider(door, door.session.get_one(IdentityProvider, provider.id), email)


def test_a_provider_invites_with_its_role(owner: Principal, provider: IdentityProvider) -> None:
    provide(provider)
    (info,) = listed(owner)
    assert (info.role, info.brand_ids, info.invited_by) == (Role.MEMBER, None, None)
    assert "Works" in letters_to(GUEST)[0].text
    first = newest_token()
    provide(provider)  # signed in once more: a new link
    with pytest.raises(LinkError):
        look(first)
    assert principal(accept(newest_token()), owner.organization_id).role is Role.MEMBER
    lines = trail_of(owner.organization_id)
    assert [line.action for line in lines] == [Action.INVITED, Action.INVITED_AGAIN, Action.JOINED]
    assert (lines[0].actor, lines[0].person_id) == ("Works (identity provider)", None)
    with pytest.raises(ConflictError, match="member already"):
        provide(provider)


def test_a_member_s_invitation_stands_before_the_provider_s(
    owner: Principal, provider: IdentityProvider
) -> None:
    info = invite(owner, Role.VIEWER)
    token = newest_token()
    provide(provider)
    assert listed(owner)[0] == info
    change_all(expires_at=utc_now() - timedelta(seconds=1))
    provide(provider)
    with pytest.raises(LinkError):
        look(token)
    assert look(newest_token()).role is Role.MEMBER


@pytest.mark.parametrize(
    "change", [{"enabled": False}, {"provision_role": None}, {"provision_role": Role.VIEWER.value}]
)
def test_a_provider_s_invitation_holds_as_long_as_it_invites_so(
    owner: Principal, provider: IdentityProvider, change: dict[str, object]
) -> None:
    provide(provider)
    token = newest_token()
    with worker_session() as session:
        session.execute(update(IdentityProvider).values(**change))
    with pytest.raises(LinkError):
        accept(token)
    with acting(owner) as work:
        invitations.resend(work, listed(owner)[0].id)
    assert principal(accept(newest_token()), owner.organization_id).role is Role.MEMBER
