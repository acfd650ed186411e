"""Row-level security stands behind the code."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError, ProgrammingError

from foundation.database import Role, Tenant, engine, tenant_session, worker_session
from foundation.migrate import migrate
from foundation.settings import Settings


def _organization_with_brand(name: str) -> uuid.UUID:
    organization = uuid.uuid4()
    with worker_session() as session:
        session.execute(
            text("INSERT INTO organizations (id, name) VALUES (:id, :name)"),
            {"id": organization, "name": name},
        )
        session.execute(
            text("INSERT INTO brands (id, organization_id, name, timezone) VALUES (:b, :o, :n, 'UTC')"),
            {"b": uuid.uuid4(), "o": organization, "n": name},
        )
    return organization


def _brand_names(organization: uuid.UUID) -> list[str]:
    with tenant_session(Tenant(organization)) as session:
        return list(session.execute(text("SELECT name FROM brands")).scalars())


@pytest.mark.usefixtures("settings")
def test_a_tenant_sees_only_its_own_rows() -> None:
    first, second = _organization_with_brand("first"), _organization_with_brand("second")
    assert _brand_names(first) == ["first"]
    assert _brand_names(second) == ["second"]


@pytest.mark.usefixtures("settings")
def test_a_query_that_forgets_its_tenant_returns_nothing() -> None:
    _organization_with_brand("first")
    with engine(Role.APP).connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM brands")).scalar() == 0


@pytest.mark.usefixtures("settings")
def test_a_tenant_cannot_write_into_another() -> None:
    first, second = _organization_with_brand("first"), _organization_with_brand("second")
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        tenant_session(Tenant(first)) as session,
    ):
        session.execute(
            text("INSERT INTO brands (id, organization_id, name, timezone) VALUES (:b, :o, 'x', 'UTC')"),
            {"b": uuid.uuid4(), "o": second},
        )


@pytest.mark.usefixtures("settings")
def test_a_pooled_connection_starts_as_its_role_and_comes_back_to_it() -> None:
    # Against forgetting, not against injected SQL: SET ROLE NONE gives back whoever connected.
    with engine(Role.APP).connect() as connection:
        connection.execute(text("SET ROLE allin_worker"))
        connection.execute(text("RESET ROLE"))
        assert connection.execute(text("SELECT current_user")).scalar() == Role.APP


@pytest.mark.usefixtures("settings")
def test_the_app_cannot_move_the_release() -> None:
    with (
        engine(Role.APP).connect() as connection,
        pytest.raises(ProgrammingError, match="permission denied"),
    ):
        connection.execute(text("INSERT INTO releases (snapshot_id, run_id) VALUES (1, 'x')"))


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("role", list(Role))
def test_a_database_error_prints_no_parameters(role: Role) -> None:
    with engine(role).connect() as connection, pytest.raises(DataError) as caught:
        connection.execute(text("SELECT CAST(:secret AS text), 1 / :zero"), {"secret": "hunter2", "zero": 0})
    assert "division by zero" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_migrating_twice_changes_nothing(settings: Settings) -> None:
    migrate(settings.database_url.get_secret_value())
