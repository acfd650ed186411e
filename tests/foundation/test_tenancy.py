"""What each database role may do, even when the code asks for more."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid4

import pytest
from sqlalchemy import RowMapping, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from foundation.database import Role, door_session, engine, tenant_session, worker_session
from tests.foundation.tenants import WORK, MadeTenant, insert, make_tenant, rows, seen

pytestmark = pytest.mark.usefixtures("settings")

# What a member's request has no business with; all of it opens doors, or counts tries to open them.
OF_THE_DOOR = ("sessions", "session_tokens", "one_time_tokens", "recovery_codes", "identities", "rate_limits")


def as_app(bound: Mapping[str, object], statement: str, **values: object) -> list[RowMapping]:
    """What a statement returns in a request bound to these settings."""
    with Session(engine(Role.APP)) as session, session.begin():
        for name, value in bound.items():
            session.execute(
                text("SELECT set_config(:name, :value, true)"), {"name": f"allin.{name}", "value": str(value)}
            )
        return list(session.execute(text(statement), values).mappings())


@pytest.fixture
def me() -> MadeTenant:
    return make_tenant("owner@example.com")


@pytest.fixture
def other() -> MadeTenant:
    return make_tenant("eve@example.com")


def test_a_request_sees_its_organizations_members_and_no_secret_of_theirs(
    me: MadeTenant, other: MadeTenant
) -> None:
    assert seen(me.bound, "SELECT email FROM people") == [me.email]
    assert seen(me.bound, "SELECT person_id FROM memberships") == [me.person]
    assert seen(me.bound, "SELECT id FROM organizations") == [me.organization]
    for secret in ("*", "password_hash", "totp_secret", "super_admin"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            seen(me.bound, f"SELECT {secret} FROM people")
    for table in OF_THE_DOOR:
        with pytest.raises(ProgrammingError, match="permission denied"):
            seen(me.bound, f"SELECT count(*) FROM {table}")
    with pytest.raises(ProgrammingError, match="permission denied"):
        seen(me.bound, "SELECT sealed FROM emails")
    assert other


def test_an_unbound_request_sees_nobody_and_nothing(me: MadeTenant) -> None:
    hints = {"person_id": me.person, "sign_in_email": me.email, "caller": "", "token_hash": ""}
    tables = set(rows(me)) - set(OF_THE_DOOR) | {"people", "memberships", "organizations", "brands"}
    for table in sorted(tables):
        for bound in ({}, {"organization_id": "", "brand_ids": "", "account_ids": ""}, hints):
            assert as_app(bound, f"SELECT count(*) AS rows FROM {table}")[0]["rows"] == 0, table


def test_a_request_sees_its_own_rows_alone(me: MadeTenant, other: MadeTenant) -> None:
    for table in set(rows(me)) - set(OF_THE_DOOR):
        assert set(seen(me.bound, f"SELECT organization_id FROM {table}")) == {me.organization}, table
    assert other


FORBIDDEN_TO_REQUESTS = [
    "INSERT INTO memberships (person_id, organization_id, role) VALUES (:them, :mine, 'OWNER')",
    "UPDATE memberships SET organization_id = :mine",
    "UPDATE memberships SET person_id = :them",
    "INSERT INTO organizations (id, name) VALUES (gen_random_uuid(), 'x')",
    "UPDATE organizations SET id = :mine",
    "UPDATE organizations SET created_at = now()",
    "DELETE FROM organizations",
    "INSERT INTO people (id, email, password_hash) VALUES (gen_random_uuid(), 'x', 'x')",
    "UPDATE people SET name = 'x'",
    "DELETE FROM people",
    "DELETE FROM invitations",
    "DELETE FROM api_keys",
    "UPDATE api_keys SET scopes = '{}'",
    "UPDATE api_keys SET expires_at = NULL",
    "DELETE FROM api_key_accounts",
    "UPDATE emails SET to_address = 'x'",
    "DELETE FROM emails",
    "UPDATE audit_events SET actor = 'x'",
    "DELETE FROM idempotency_keys",
    "INSERT INTO releases (snapshot_id, run_id) VALUES (1, 'x')",
    "INSERT INTO readers (id) VALUES (gen_random_uuid())",
    "UPDATE readers SET role_name = 'x'",
    "DELETE FROM readers",
]


def test_a_request_has_no_right_to_this() -> None:
    for statement in FORBIDDEN_TO_REQUESTS:
        values = {name: uuid4() for name in ("mine", "them") if f":{name}" in statement}
        with pytest.raises(ProgrammingError, match="permission denied"):
            as_app({"organization_id": uuid4()}, statement, **values)


def test_what_a_request_may_change_it_changes_in_its_own_organization(
    me: MadeTenant, other: MadeTenant
) -> None:
    for statement in (
        "UPDATE organizations SET name = 'x', colour = '#000000', deleted_at = now() RETURNING id",
        "UPDATE memberships SET role = 'ADMIN' RETURNING organization_id",
        "UPDATE invitations SET revoked_at = now() RETURNING organization_id",
        "UPDATE api_keys SET revoked_at = now() RETURNING organization_id",
        "DELETE FROM membership_brands RETURNING organization_id",
        "DELETE FROM memberships RETURNING organization_id",
        "DELETE FROM identity_providers RETURNING organization_id",
    ):
        assert seen(me.bound, statement) == [me.organization], statement
    with worker_session() as session:
        found = session.execute(
            text("SELECT name, deleted_at FROM organizations WHERE id = :id"), {"id": other.organization}
        )
        assert tuple(found.one()) == (other.email, None)


def test_a_request_writes_nothing_into_another_organization(me: MadeTenant, other: MadeTenant) -> None:
    for table, values in rows(other).items():
        if table in OF_THE_DOOR:
            continue
        refused = "permission denied" if table in WRITTEN_BY_NO_REQUEST else "row-level security"
        fresh = values | ({"id": uuid4()} if isinstance(values.get("id"), UUID) else {})
        with (
            pytest.raises(ProgrammingError, match=refused),
            tenant_session(me.bound) as session,
        ):
            insert(session, table, fresh)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("accounts", "brand_id"),
        ("collections", "account_id"),
        ("posts", "brand_id"),
        ("publications", "post_id"),
        ("publications", "account_id"),
        ("attempts", "publication_id"),
        ("membership_brands", "person_id"),
        ("membership_brands", "brand_id"),
        ("invitations", "provider_id"),
        ("invitation_brands", "invitation_id"),
        ("invitation_brands", "brand_id"),
        ("api_keys", "person_id"),
        ("api_key_accounts", "api_key_id"),
        ("api_key_accounts", "account_id"),
    ],
)
def test_a_row_never_refers_to_another_tenants(
    me: MadeTenant, other: MadeTenant, table: str, column: str
) -> None:
    fresh = {
        "id": uuid4(),
        "external_id": "another",
        "email": "another@example.com",
        "token_hash": b"another",
    }
    values = rows(me)[table] | {column: rows(other)[table][column]}
    values |= {name: value for name, value in fresh.items() if name in values}
    if table == "collections":
        values["entity"] = "another"
    if "key_hash" in values:
        values["key_hash"] = b"another"
    with pytest.raises(IntegrityError, match="foreign key"), tenant_session(me.bound) as session:
        insert(session, table, values)


def test_answers_kept_for_a_caller_are_that_callers(me: MadeTenant) -> None:
    values = {"caller": "person:1", "key": "k", "fingerprint": b"f", "answer": "sealed"}
    with Session(engine(Role.APP)) as session, session.begin():
        session.execute(text("SELECT set_config('allin.caller', 'person:1', true)"))
        insert(session, "idempotency_keys", values)
    assert len(as_app({"caller": "person:1"}, "SELECT * FROM idempotency_keys")) == 1
    for bound in ({"caller": "person:2"}, {"caller": ""}, {"organization_id": me.organization}):
        assert as_app(bound, "SELECT * FROM idempotency_keys") == []


WRITTEN_BY_NO_REQUEST = {"readers", "check_results", "quarantined_batches"}
FORBIDDEN_AT_THE_DOOR = [
    "DELETE FROM people",
    "DELETE FROM organizations",
    "UPDATE organizations SET name = 'x'",
    "DELETE FROM memberships",
    "UPDATE memberships SET role = 'OWNER'",
    "UPDATE identity_providers SET issuer = 'x'",
    "INSERT INTO api_keys (id) VALUES (gen_random_uuid())",
    "UPDATE api_keys SET scopes = '{}'",
    "UPDATE audit_events SET actor = 'x'",
    "SELECT actor FROM audit_events",
    "SELECT sealed FROM emails",
    "SELECT * FROM releases",
    *(f"SELECT count(*) FROM {table}" for table in WORK),
]


def test_the_door_has_no_right_to_this() -> None:
    for statement in FORBIDDEN_AT_THE_DOOR:
        with pytest.raises(ProgrammingError, match="permission denied"), door_session() as session:
            session.execute(text(statement))


@pytest.mark.parametrize(
    ("role", "expected"),
    [("allin_app", ["builds", "heartbeats", "release_holds", "releases"]), ("allin_door", [])],
)
def test_every_table_a_role_may_read_or_write_is_secured(role: str, expected: list[str]) -> None:
    """Holds of tables to come, too: those without row-level security hold nothing of any tenant."""
    open_tables = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'allin'::regnamespace AND relkind IN ('r', 'p') "
        "AND NOT relrowsecurity AND has_any_column_privilege(:role, oid, 'SELECT, INSERT, UPDATE') "
        "ORDER BY relname"
    )
    written = (
        "SELECT relname FROM pg_class WHERE oid = ANY (CAST(:names AS regclass[])) "
        "AND has_table_privilege(:role, oid, 'INSERT, UPDATE, DELETE')"
    )
    with worker_session() as session:
        assert list(session.scalars(text(open_tables), {"role": role})) == expected
        names = [f"allin.{name}" for name in expected]
        assert list(session.scalars(text(written), {"role": role, "names": names})) == []


def test_every_tenant_table_has_a_row_in_these_tests(me: MadeTenant) -> None:
    """Holds of tables to come, too: whatever holds an organization is looked at here."""
    holding = (
        "SELECT relname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid "
        "WHERE relnamespace = 'allin'::regnamespace AND relkind IN ('r', 'p') AND attname = 'organization_id'"
    )
    with worker_session() as session:
        found = set(session.scalars(text(holding)))
    # Of an erasure nobody but the worker knows, and it outlives its organization.
    assert found == {*rows(me), "brands", "memberships", "sessions", "erasures"}


def test_every_reference_between_tenants_tables_holds_the_organization() -> None:
    """Holds of tables to come, too: foreign keys are checked past row-level security."""
    loose = (
        "WITH tenant AS (SELECT attrelid AS id, attnum FROM pg_attribute JOIN pg_class c ON c.oid = attrelid "
        "WHERE relnamespace = 'allin'::regnamespace AND relkind IN ('r', 'p') "
        "AND attname = 'organization_id') "
        "SELECT conrelid::regclass::text, conname FROM pg_constraint f "
        "JOIN tenant here ON here.id = conrelid JOIN tenant there ON there.id = confrelid "
        "WHERE contype = 'f' AND NOT here.attnum = ANY (conkey)"
    )
    with worker_session() as session:
        assert session.execute(text(loose)).all() == []


def test_removing_an_organization_removes_all_of_it_but_the_trail(me: MadeTenant, other: MadeTenant) -> None:
    with worker_session() as session:
        session.execute(text("DELETE FROM organizations WHERE id = :id"), {"id": me.organization})
        left = {
            table: set(session.scalars(text(f"SELECT organization_id FROM {table}"))) for table in rows(me)
        }
    assert left.pop("audit_events") == {me.organization, other.organization}
    assert left.pop("emails") == {None, other.organization}  # what waits to be sent is someone's letter
    assert left == {table: {other.organization} for table in left}
