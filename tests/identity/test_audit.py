"""The audit trail: nobody changes it, and no secret gets into it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from foundation.database import Role, engine, tenant_session, utc_now, worker_session
from foundation.settings import Settings
from identity import api_keys, audit, invitations, organizations, people, profile, providers
from identity.audit import OPERATOR, Action, Target
from identity.errors import InvalidError
from identity.permissions import Permission
from identity.principal import Origin, Principal
from identity.work import Work, at_the_door, working
from tests.identity.acting import ORIGIN, acting, new_member, new_organization, trail_of, visitor
from tests.identity.letters import letters_to, token_in
from tests.identity.people import PASSWORD

ENDINGS = ("UPDATE audit_events SET actor = 'nobody'", "DELETE FROM audit_events", "TRUNCATE audit_events")


@pytest.fixture
def owner(settings: object) -> Principal:
    assert settings
    return new_member(new_organization())


def tell(owner: Principal, **values: object) -> None:
    with acting(owner) as work:
        audit.record(work, Action.UPDATED, Target("brand", None, "Nordlicht"), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", list(Role))
def test_no_role_changes_or_deletes_a_line(owner: Principal, role: Role) -> None:
    tell(owner)
    for ending in ENDINGS:
        with (
            pytest.raises(DatabaseError, match=r"permission denied|append-only"),
            engine(role).begin() as connection,
        ):
            connection.execute(text(ending))
    (line,) = trail_of(owner.organization_id)
    assert line.actor == owner.email


def test_nobody_writes_into_another_organizations_trail(owner: Principal) -> None:
    other = new_organization("Other")
    with pytest.raises(DatabaseError, match="row-level security"), tenant_session(owner.tenant) as session:
        audit.write(session, ORIGIN, owner, Action.UPDATED, Target("brand", None), other)
    assert trail_of(other) == []


def test_a_line_says_who_did_what_to_what_when_and_from_where(owner: Principal) -> None:
    before = utc_now()
    tell(owner, before={"name": "a"}, after={"name": "b"})
    (line,) = trail_of(owner.organization_id)
    assert (line.person_id, line.actor, line.api_key_id) == (owner.person_id, owner.email, None)
    assert (line.action, line.target_type, line.target) == ("updated", "brand", "Nordlicht")
    assert (line.ip, line.user_agent, line.before, line.after) == (
        "192.0.2.7",
        "a test",
        {"name": "a"},
        {"name": "b"},
    )
    assert before - timedelta(seconds=1) <= line.at <= utc_now() + timedelta(seconds=1)


def rename_twice(work: Work) -> None:
    """The first is written, and told; the second is refused."""
    organizations.update(work, name="New")
    organizations.update(work, name="")


def test_what_is_rolled_back_is_not_told(owner: Principal) -> None:
    with pytest.raises(InvalidError), acting(owner) as work:
        rename_twice(work)
    assert trail_of(owner.organization_id) == []


def test_a_program_with_a_long_name_is_cut(owner: Principal) -> None:
    with working(owner, Origin("192.0.2.7", "x" * 1_000_000)) as work:
        audit.record(work, Action.UPDATED, Target("brand", None))
    (line,) = trail_of(owner.organization_id)
    assert len(line.user_agent or "") == 400


def test_the_operator_is_named_as_such(owner: Principal) -> None:
    with at_the_door() as door:
        target = Target("organization", owner.organization_id)
        audit.record_at_door(
            door, Action.DELETED, target, who=OPERATOR, organization_id=owner.organization_id
        )
    (line,) = trail_of(owner.organization_id)
    assert (line.actor, line.person_id, line.ip) == ("operator", None, None)


def test_no_secret_is_in_the_trail(owner: Principal, settings: Settings) -> None:
    """Everything with a secret is done once; then every row, whole, is searched for each of them."""
    client_secret, new_password, their_password = "s3cret-of-a-client", "brand new horse", "guests own horse"
    with acting(owner) as work:
        info, key = api_keys.create(work, "Key", [Permission.POSTS_READ])
        provider = providers.create(work, "Works", "https://id.example.com", "client-1", client_secret)
        invitations.invite(work, "guest@example.com", owner.role)
    with acting(owner) as work:
        providers.update(work, provider, client_secret=client_secret + "!")
        api_keys.revoke(work, info.id)
    token = token_in(letters_to("guest@example.com")[0])
    with at_the_door(ORIGIN) as door:
        invitations.accept(door, token, name="Guest", password=their_password)
        people.add(door, "added@example.com", "Added", new_password + " 2", organization="Added's")
    profile.change_password(visitor(owner.person_id), PASSWORD, new_password, ORIGIN, settings=settings)
    tell(owner, before={"api_token": key, "client_secret": client_secret}, after={"password_hash": token})

    with worker_session() as session:
        rows = session.execute(text("SELECT row_to_json(a)::text FROM audit_events a")).scalars().all()
    told = "\n".join(rows)
    assert len(rows) >= 9
    assert told.count(audit.REDACTED) >= 4
    for secret in (key, client_secret, token, PASSWORD, new_password, their_password, "$argon2"):
        assert secret not in told
        assert json.dumps(secret)[1:-1] not in told
