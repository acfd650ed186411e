"""What a person's request may do in the database, even when the code asks for more."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from uuid import uuid4

import pytest
from sqlalchemy import RowMapping, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from foundation.database import Role, engine, tenant_session, worker_session
from tests.foundation.tenants import Tenant, insert, make_tenant, rows

pytestmark = pytest.mark.usefixtures("settings")


def as_app(bound: Mapping[str, object], statement: str, **values: object) -> list[RowMapping]:
    """What a statement returns in a request bound to these settings."""
    with Session(engine(Role.APP)) as session, session.begin():
        for name, value in bound.items():
            session.execute(
                text("SELECT set_config(:name, :value, true)"), {"name": f"allin.{name}", "value": str(value)}
            )
        return list(session.execute(text(statement), values).mappings())


@pytest.fixture
def me() -> Tenant:
    return make_tenant("owner@example.com")


@pytest.fixture
def other() -> Tenant:
    return make_tenant("eve@example.com")


def test_bound_to_an_organization_a_request_sees_nobodys_password_or_session(me: Tenant) -> None:
    bound = {"organization_id": me.organization}
    assert as_app(bound, "SELECT * FROM people") == []
    assert as_app(bound, "SELECT * FROM sessions") == []


@pytest.mark.parametrize("table", ["people", "sessions", "memberships", "organizations"])
def test_an_unbound_request_sees_nobody(me: Tenant, table: str) -> None:
    nothing = dict.fromkeys(("organization_id", "person_id", "sign_in_email", "token_hash"), "")
    assert as_app({}, f"SELECT * FROM {table}") == []
    assert as_app(nothing, f"SELECT * FROM {table}") == []
    assert me


def test_an_address_shows_its_person_alone(me: Tenant, other: Tenant) -> None:
    for bound in ({"sign_in_email": me.email}, {"person_id": me.person}):
        assert [row["id"] for row in as_app(bound, "SELECT id FROM people")] == [me.person]
    assert other


def test_a_person_sees_their_own_memberships_and_organizations_alone(me: Tenant, other: Tenant) -> None:
    for seen in ("organization_id AS id FROM memberships", "id FROM organizations"):
        found = as_app({"person_id": me.person}, f"SELECT {seen}")
        assert [row["id"] for row in found] == [me.organization]
    assert other


def test_a_token_shows_its_session_alone(me: Tenant, other: Tenant) -> None:
    seen = as_app({"token_hash": me.digest.hex()}, "SELECT token_hash FROM sessions")
    assert [row["token_hash"] for row in seen] == [me.digest]
    assert other


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO memberships VALUES (:me, :theirs, 'OWNER')",
        "INSERT INTO memberships VALUES (:them, :mine, 'OWNER')",
        "UPDATE memberships SET organization_id = :theirs",
        "UPDATE memberships SET role = 'OWNER'",
        "DELETE FROM memberships",
        "INSERT INTO organizations (id, name) VALUES (gen_random_uuid(), 'x')",
        "UPDATE organizations SET name = 'x'",
        "DELETE FROM organizations",
        "INSERT INTO people (id, email, password_hash) VALUES (gen_random_uuid(), 'x', 'x')",
        "UPDATE people SET password_hash = 'x'",
        "DELETE FROM people",
    ],
)
def test_a_request_writes_no_person_membership_or_organization(
    me: Tenant, other: Tenant, statement: str
) -> None:
    values = {
        "me": me.person,
        "mine": me.organization,
        "them": other.person,
        "theirs": other.organization,
    }
    used = {name: value for name, value in values.items() if f":{name}" in statement}
    bound = {"organization_id": me.organization, "person_id": me.person, "sign_in_email": other.email}
    with pytest.raises(ProgrammingError, match="permission denied"):
        as_app(bound, statement, **used)


@pytest.mark.parametrize("bound", ["person_id", "organization_id", "sign_in_email"])
def test_a_request_ends_no_session_of_another(me: Tenant, other: Tenant, bound: str) -> None:
    values = {"person_id": me.person, "organization_id": me.organization, "sign_in_email": other.email}
    for ending in ("UPDATE sessions SET revoked_at = now()", "DELETE FROM sessions"):
        ended = as_app({bound: values[bound]}, f"{ending} RETURNING person_id")
        assert [row["person_id"] for row in ended] == ([me.person] if bound == "person_id" else [])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sessions SET person_id = :them, organization_id = :theirs",
        "INSERT INTO sessions (token_hash, person_id, organization_id, expires_at) "
        "VALUES (decode(current_setting('allin.token_hash'), 'hex'), :them, :theirs, 'infinity')",
    ],
)
@pytest.mark.parametrize("knows", ["token", "person"])
def test_a_session_is_never_turned_into_another_persons(
    me: Tenant, other: Tenant, statement: str, knows: str
) -> None:
    fresh = hashlib.sha256(b"fresh").hexdigest()
    bound: dict[str, object] = {"token_hash": me.digest.hex() if statement.startswith("UPDATE") else fresh}
    if knows == "person":
        bound["person_id"] = me.person
    with pytest.raises(ProgrammingError, match="row-level security"):
        as_app(bound, statement, them=other.person, theirs=other.organization)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("accounts", "brand_id"),
        ("collections", "account_id"),
        ("posts", "brand_id"),
        ("publications", "post_id"),
        ("publications", "account_id"),
        ("attempts", "publication_id"),
    ],
)
def test_a_row_never_refers_to_another_tenants(me: Tenant, other: Tenant, table: str, column: str) -> None:
    values = rows(me)[table] | {column: rows(other)[table][column]}
    if "id" in values:
        values["id"] = uuid4()
    if "external_id" in values:
        values["external_id"] = "another"
    if table == "collections":
        values["entity"] = "another"
    with (
        pytest.raises(IntegrityError, match="foreign key"),
        tenant_session(me.organization) as session,
    ):
        insert(session, table, values)


def test_every_table_a_request_may_read_or_write_is_secured() -> None:
    """Holds of tables to come, too: those without row-level security hold nothing of any tenant."""
    open_tables = (
        "SELECT relname, has_table_privilege('allin_app', oid, 'INSERT, UPDATE, DELETE') AS writes "
        "FROM pg_class WHERE relnamespace = 'allin'::regnamespace AND relkind IN ('r', 'p') "
        "AND NOT relrowsecurity "
        "AND has_table_privilege('allin_app', oid, 'SELECT, INSERT, UPDATE, DELETE') ORDER BY relname"
    )
    with worker_session() as session:
        found = session.execute(text(open_tables)).all()
    assert [tuple(row) for row in found] == [("builds", False), ("heartbeats", False), ("releases", False)]


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


def test_removing_an_organization_removes_all_of_it(me: Tenant, other: Tenant) -> None:
    with worker_session() as session:
        session.execute(text("DELETE FROM organizations WHERE id = :id"), {"id": me.organization})
        for table in rows(me):
            left = session.execute(text(f"SELECT organization_id FROM {table}")).scalars().all()
            assert left == [other.organization]
