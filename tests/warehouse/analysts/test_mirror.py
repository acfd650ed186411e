"""The mirror in PostgreSQL: a reader sees its organization's rows of one release, by no route any other's."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from sqlalchemy import text

from foundation import postgres
from foundation.database import libpq_dsn, worker_session
from foundation.settings import REPOSITORY, get_settings
from identity.errors import ConflictError, ForbiddenError, NotFoundError
from identity.permissions import Role
from identity.principal import Principal
from identity.work import working
from tests.identity.people import person_of
from tests.warehouse import marts_fixture as marts
from tests.warehouse.analysts.conftest import Marts
from warehouse.analysts import mirror, readers
from warehouse.rollbacks import rollback

Answer = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Login:
    """A reader and its password."""

    info: readers.ReaderInfo
    password: str

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        address = make_conninfo(
            postgres.database_url(get_settings()), user=self.info.role_name, password=self.password
        )
        return psycopg.connect(address, autocommit=True)

    def ask(self, *statements: str) -> Answer:
        with self.connect() as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


def principal(organization_id: UUID, email: str, role: Role = Role.ADMIN) -> Principal:
    return Principal(
        person_of(email),
        email,
        "",
        False,
        None,
        False,
        organization_id,
        "x",
        role,
    )


def made(organization_id: UUID, email: str, name: str = "Metabase") -> Login:
    with working(principal(organization_id, email)) as work:
        return Login(*readers.create(work, name))


@pytest.fixture(scope="module")
def logins(world: Marts) -> Iterator[tuple[Login, Login]]:
    """A reader of each organization, and the first release mirrored."""
    mine, theirs = made(world.me, "owner@example.com"), made(world.other, "eve@example.com")
    assert {one.problem for one in mirror.refresh(world.release)} == {None}
    yield mine, theirs
    _drop(world)


def _drop(world: Marts) -> None:
    """Roles are the server's, not the database's: they would outlive it."""
    with worker_session(world.settings) as session:
        session.execute(text("DELETE FROM readers"))
    readers.drop_gone(world.settings)


def test_a_reader_sees_its_organizations_rows_of_the_release(
    world: Marts, logins: tuple[Login, Login]
) -> None:
    mine, theirs = logins
    assert mine.ask("SELECT account_id FROM dim_accounts ORDER BY 1") == [("a",), ("b",)]
    assert theirs.ask("SELECT account_id FROM dim_accounts ORDER BY 1") == [("z",)]
    assert mine.ask("SELECT release_id FROM marts.release") == [(world.release.id,)]
    assert mine.ask("SELECT date, followers, views FROM fct_account_metrics_daily LIMIT 1") == [
        (date(2026, 10, 1), 100, None)
    ]
    tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'marts' ORDER BY 1"
    assert [name for (name,) in mine.ask(tables)] == sorted([*marts.TABLES, "dim_organizations", "release"])
    described = mine.ask("SELECT col_description('dim_accounts'::regclass, 1)")
    assert "key" in described[0][0]
    standing = mirror.standing(world.me)
    assert standing is not None
    assert standing.release_id == world.release.id


def test_what_the_page_about_sql_shows_can_be_asked(logins: tuple[Login, Login]) -> None:
    page = (REPOSITORY / "docs" / "sql.md").read_text()
    (statements,) = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    for statement in filter(str.strip, statements.split(";")):
        logins[0].ask(statement)


FORBIDDEN = [
    "SELECT * FROM allin.people",
    "SELECT * FROM allin.readers",
    "SELECT * FROM allin.organizations",
    "SELECT allin.reader_organization()",
    "SELECT * FROM lake.ducklake_table",
    "SELECT * FROM dagster.runs",
    "SET ROLE allin_worker",
    "SET ROLE allin_app",
    "SET ROLE postgres",
    "SET ROLE {theirs}",
    "SET SESSION AUTHORIZATION {theirs}",
    "ALTER ROLE {theirs} PASSWORD 'x'",
    "GRANT {theirs} TO {mine}",
    "GRANT allin_readers TO {theirs}",
    "ALTER TABLE marts.dim_accounts DISABLE ROW LEVEL SECURITY",
    "DROP POLICY reader ON marts.dim_accounts",
    "CREATE POLICY all_rows ON marts.dim_accounts USING (true)",
    "INSERT INTO marts.dim_accounts (organization_id) VALUES ('x')",
    "UPDATE marts.dim_accounts SET organization_id = 'x'",
    "DELETE FROM marts.release",
    "TRUNCATE marts.dim_accounts",
    "CREATE TABLE marts.x (a int)",
    "CREATE TABLE public.x (a int)",
    "CREATE SCHEMA x",
    "CREATE TEMP TABLE x AS SELECT * FROM marts.dim_accounts",
    "CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE $1; END'",
    "CREATE EXTENSION plpgsql SCHEMA marts",
    "SELECT * FROM dblink('dbname=postgres', 'SELECT 1') AS t(a int)",
    "SELECT * FROM pg_statistic",
    "SELECT * FROM pg_authid",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT pg_ls_dir('.')",
    "COPY marts.dim_accounts TO PROGRAM 'cat'",
    "COPY marts.dim_accounts TO '/tmp/x'",
    "SELECT lo_create(0)",
    "SET temp_file_limit = -1",
    "ALTER ROLE CURRENT_USER SET temp_file_limit = -1",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT pg_advisory_lock(20261121)",
    "SELECT pg_try_advisory_xact_lock(1)",
    "DO $$ BEGIN LOCK TABLE marts.dim_accounts IN ACCESS EXCLUSIVE MODE; END $$",
    "ALTER SYSTEM SET log_statement = 'all'",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
]


REFUSED = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.DuplicateObject,
)


def test_a_reader_may_do_nothing_else(logins: tuple[Login, Login]) -> None:
    mine, theirs = logins
    names = {"mine": mine.info.role_name, "theirs": theirs.info.role_name}
    with mine.connect() as connection:
        connection.execute("SET default_transaction_read_only = off")  # it may say so: rights are what binds
        for statement in FORBIDDEN:
            for part in names:
                statement = statement.replace(f"{{{part}}}", names[part])
            with pytest.raises(REFUSED):
                connection.execute(statement.encode())
        with suppress(psycopg.Error):
            connection.execute("ALTER ROLE CURRENT_USER RESET temp_file_limit")
    assert mine.ask("SHOW temp_file_limit") == [("2GB",)]


def test_no_row_of_another_shows_by_any_route(world: Marts, logins: tuple[Login, Login]) -> None:
    mine, theirs = logins
    with psycopg.connect(libpq_dsn(postgres.database_url(world.settings)), autocommit=True) as owner:
        owner.execute("ANALYZE")  # as the server does by itself
    routes = [
        "SET row_security = off",  # then PostgreSQL refuses rather than show all
        "SET allin.organization_id = '{other}'",
        "SET ROLE allin_readers",
        "SET session_replication_role = replica",
    ]
    for route in routes:
        with suppress(psycopg.errors.InsufficientPrivilege):
            found = mine.ask(
                route.replace("{other}", str(world.other)), "SELECT account_id FROM marts.dim_accounts"
            )
            assert sorted(found) == [("a",), ("b",)], route
    for known in ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"):
        assert mine.ask(f"SELECT * FROM {known} WHERE schemaname !~ '^(pg_|information)'") == [], known
    activity = mine.ask("SELECT query FROM pg_stat_activity WHERE usename <> current_user")
    assert {query for (query,) in activity} <= {"<insufficient privilege>", None, ""}
    everything = mine.ask("SELECT string_agg(dim_accounts::text, ' ') FROM marts.dim_accounts")[0][0]
    assert str(world.other) not in everything
    # Nor does the planner's guess tell whether a text is somewhere in the table.
    guess = "EXPLAIN SELECT * FROM marts.dim_posts WHERE text = '{}'"
    theirs_text = theirs.ask("SELECT text FROM dim_posts")[0][0]
    plans = [
        str(mine.ask(guess.format(words))).replace(words, "")
        for words in (theirs_text, "x" * len(theirs_text))
    ]
    assert plans[0] == plans[1]


def test_a_wrong_password_and_a_revoked_reader_are_refused(world: Marts, logins: tuple[Login, Login]) -> None:
    mine, _ = logins
    with pytest.raises(psycopg.OperationalError, match="password"):
        replace(mine, password="wrong").ask("SELECT 1")
    another = made(world.me, "owner@example.com", "Tableau")
    with working(principal(world.me, "owner@example.com")) as work:
        newer = replace(another, password=readers.rotate(work, another.info.id))
        with pytest.raises(psycopg.OperationalError, match="password"):
            another.ask("SELECT 1")
        with newer.connect() as connection:
            readers.revoke(work, another.info.id)
            with pytest.raises((psycopg.OperationalError, psycopg.errors.InsufficientPrivilege)):
                connection.execute("SELECT * FROM marts.dim_accounts").fetchall()
        with pytest.raises(psycopg.OperationalError):
            newer.ask("SELECT 1")
        assert [one.name for one in readers.listed(work)] == ["Metabase"]
        with pytest.raises(NotFoundError):
            readers.revoke(work, another.info.id)


def test_readers_are_made_by_administrators_for_their_own_organization(
    world: Marts, logins: tuple[Login, Login]
) -> None:
    _, theirs = logins
    with working(principal(world.me, "owner@example.com", Role.EDITOR)) as work:
        for act in (lambda: readers.create(work, "x"), lambda: readers.listed(work)):
            with pytest.raises(ForbiddenError):
                act()
    with working(principal(world.me, "owner@example.com")) as work:
        for forbidden in (readers.rotate, readers.revoke):
            with pytest.raises(NotFoundError):
                forbidden(work, theirs.info.id)
        with pytest.raises(ConflictError, match="of this name"):
            readers.create(work, "Metabase")
    with worker_session() as session:
        trail = session.execute(text("SELECT action, target, audit_events::text FROM audit_events")).all()
    assert ("created", f"Metabase ({theirs.info.role_name})") in [(line[0], line[1]) for line in trail]
    assert theirs.password not in str(trail)


def test_a_reader_sees_one_release_or_the_next_never_half(world: Marts, logins: tuple[Login, Login]) -> None:
    mine, _ = logins
    marts.add_account(world.connection, "c", str(world.me), brand_id=str(world.north))
    marts.add_day(world.connection, "c", str(world.me), date(2026, 10, 2), followers=None)
    second = world.another("run-2")
    both = (
        "SELECT (SELECT release_id FROM marts.release), (SELECT count(*) FROM marts.dim_accounts), "
        "(SELECT count(*) FROM marts.fct_account_metrics_daily)"
    )
    seen: set[tuple[Any, ...]] = set()
    stop = threading.Event()

    def look() -> None:
        with mine.connect() as connection:
            while not stop.is_set():
                seen.update(connection.execute(both).fetchall())

    with mine.connect() as before:
        before.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        first = before.execute("SELECT release_id FROM marts.release").fetchall()
        looking = threading.Thread(target=look)
        looking.start()
        results: list[mirror.Mirrored] = []
        two = [threading.Thread(target=lambda: results.extend(mirror.refresh(second))) for _ in range(2)]
        for thread in two:
            thread.start()
        for thread in two:
            thread.join()
        stop.set()
        looking.join()
        assert before.execute("SELECT count(*) FROM marts.dim_accounts").fetchall() == [(2,)]
        assert before.execute("SELECT release_id FROM marts.release").fetchall() == first
    assert {one.problem for one in results} == {None}
    assert mine.ask(both) == [(second.id, 3, 3)]
    assert seen <= {(world.release.id, 2, 2), (second.id, 3, 3)}
    assert mirror.refresh(world.release)[0].rows == 0  # an older release never comes over a newer


def test_a_mart_that_gained_and_changed_columns_is_followed(
    world: Marts, logins: tuple[Login, Login]
) -> None:
    mine, _ = logins
    world.connection.execute("ALTER TABLE lake.marts.dim_posts ADD COLUMN notes VARCHAR[]")
    world.connection.execute("ALTER TABLE lake.marts.dim_posts ADD COLUMN stars INTEGER")
    world.connection.execute(
        "UPDATE lake.marts.dim_posts SET stars = 3, notes = ['a \"b\"', 'c,d'], "
        "text = 'zero' || chr(0) || E'\\n\\\\.\\n'"
    )
    assert mirror.refresh(world.another("run-3"))[0].problem is None
    assert mine.ask("SELECT notes, stars, text FROM dim_posts LIMIT 1") == [
        (['a "b"', "c,d"], 3, "zero\n\\.\n")
    ]
    world.connection.execute("ALTER TABLE lake.marts.dim_posts ALTER stars TYPE BIGINT")
    assert mirror.refresh(world.another("run-4"))[0].problem is None
    assert mine.ask("SELECT stars, pg_typeof(stars)::text FROM dim_posts LIMIT 1") == [(3, "bigint")]


def test_back_at_an_earlier_release_nothing_of_the_later_one_is_left(
    world: Marts, logins: tuple[Login, Login]
) -> None:
    mine, _ = logins
    earlier = world.another("run-later-1")
    world.connection.execute(
        f"CREATE TABLE lake.marts.newer AS SELECT '{world.me}' AS organization_id, 7 AS number"
    )
    try:
        mirror.refresh(world.another("run-later-2"))
        assert mine.ask("SELECT number FROM marts.newer") == [(7,)]
    finally:
        world.connection.execute("DROP TABLE lake.marts.newer")
    back = rollback("owner@example.com", "wrong numbers", earlier.id, settings=world.settings)
    assert mirror.refresh(back)[0].problem is None
    assert mine.ask("SELECT release_id FROM marts.release") == [(back.id,)]
    assert mine.ask("SELECT number FROM marts.newer") == []


def test_what_is_deleted_is_no_longer_read(world: Marts, logins: tuple[Login, Login]) -> None:
    _, theirs = logins
    with worker_session() as session:
        session.execute(
            text("UPDATE organizations SET deleted_at = now() WHERE id = :id"), {"id": world.other}
        )
    assert theirs.ask("SELECT count(*) FROM marts.dim_accounts") == [(0,)]
    with worker_session() as session:
        session.execute(
            text("UPDATE organizations SET deleted_at = NULL WHERE id = :id"), {"id": world.other}
        )
        session.execute(text("DELETE FROM readers WHERE organization_id = :id"), {"id": world.other})
    assert theirs.ask("SELECT count(*) FROM marts.dim_accounts") == [(0,)]
    mirror.refresh(world.another("run-5"))
    assert mirror.standing(world.other) is None
    assert readers.drop_gone() == 1
    with pytest.raises(psycopg.OperationalError):
        theirs.ask("SELECT 1")


def test_a_server_that_lets_us_make_no_roles_says_so(world: Marts) -> None:
    with psycopg.connect(libpq_dsn(postgres.database_url(world.settings)), autocommit=True) as owner:
        owner.execute("DROP ROLE IF EXISTS poor_owner")
        owner.execute("CREATE ROLE poor_owner LOGIN IN ROLE pg_write_all_data, pg_read_all_data BYPASSRLS")
        owner.execute("GRANT allin_app TO poor_owner")
        owner.execute("GRANT USAGE ON SCHEMA allin TO poor_owner")
        url = make_conninfo(postgres.database_url(world.settings), user="poor_owner")
        poor = world.settings.model_copy(update={"database_url": type(world.settings.database_url)(url)})
        with (
            pytest.raises(ConflictError, match="may not make login roles"),
            working(principal(world.me, "owner@example.com"), settings=poor) as work,
        ):
            readers.create(work, "Power BI")
        owner.execute(
            "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE usename = 'poor_owner'"
        )
        owner.execute("DROP OWNED BY poor_owner")
        owner.execute("DROP ROLE poor_owner")
