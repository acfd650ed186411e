"""The SQL page: questions of one's own organization, files of the answer, kept queries, readers."""

from __future__ import annotations

import io
import re
import time
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from app.analysis import connecting, files, snippets
from app.analysis.examples import EXAMPLES
from app.shell import access
from foundation.database import Tenant, worker_session
from foundation.settings import Settings
from identity.errors import ForbiddenError
from identity.permissions import Role
from identity.principal import Origin
from tests.app.pages import EMAIL, OpenPage, said
from tests.app.world import connected_world, release_numbers, released_world
from tests.identity.people import cookie_for
from warehouse.analysts import copy, readers, run
from warehouse.analysts.describing import marts

pytestmark = pytest.mark.usefixtures("settings")


@pytest.fixture(autouse=True)
def _origin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "browser_origin", Origin)


def answered(test: AppTest) -> AppTest:
    """The page once the query is done."""
    deadline = time.monotonic() + 30
    while any(button.label == "Stop" for button in test.button):
        assert time.monotonic() < deadline
        time.sleep(0.2)
        test.run()
    return test


def asked(test: AppTest, statement: str) -> AppTest:
    test.text_area(key="sql_statement").set_value(statement)
    test.button(key="sql_run").click().run()
    assert not test.exception
    return answered(test)


def test_a_question_is_answered_noted_and_of_ones_own_organization(
    settings: Settings, open_page: OpenPage
) -> None:
    world, release = released_world(settings)
    with worker_session() as session:
        session.execute(text("INSERT INTO organizations (id, name) VALUES (gen_random_uuid(), 'Other')"))
    test = asked(open_page("sql"), "SELECT DISTINCT organization_id FROM dim_accounts")
    assert test.dataframe[0].value.to_numpy().tolist() == [[str(world.organization_id)]]
    assert f"release {release.id}" in said(test)
    with worker_session() as session:
        trail = session.execute(
            text("SELECT actor, target, after FROM audit_events WHERE action = 'queried'")
        ).all()
    assert [tuple(line) for line in trail] == [
        (
            "owner@example.com",
            "release 1",
            {"query": "SELECT DISTINCT organization_id FROM dim_accounts"},
        )
    ]
    large = asked(test, "SELECT range AS n, repeat('x', 50) AS text FROM range(12_000)")
    assert len(large.dataframe[0].value) == 10_000
    assert "The first 10,000 rows are below" in said(large)
    assert connecting.marts_file(cookie_for(EMAIL), release)[8:12] == b"DUCK"
    with worker_session() as session:
        exported = "SELECT actor, target FROM audit_events WHERE action = 'exported'"
        assert session.execute(text(exported)).one() == ("owner@example.com", "release 1")
    with pytest.raises(ForbiddenError):
        connecting.marts_file(None, release)
    mistaken = asked(test, "SELECT nothing FROM dim_accounts")
    assert "nothing" in mistaken.code[0].value
    assert not mistaken.dataframe


def test_the_page_before_a_release_and_for_other_roles(settings: Settings, open_page: OpenPage) -> None:
    world = connected_world(Role.VIEWER)
    with worker_session() as session:
        session.execute(text("UPDATE memberships SET role = 'CLIENT', limited = true"))
    assert "does not open this page" in said(open_page("sql"))
    with worker_session() as session:
        session.execute(text("UPDATE memberships SET role = 'VIEWER', limited = false"))
    assert "Nothing is released yet" in said(open_page("sql"))
    release_numbers(settings, world)
    test = open_page("sql")
    test.button_group(key="sql_part").set_value("Connect your own tools").run()
    assert "Administrators of the whole organization make readers" in said(test)


def test_a_query_is_kept_found_again_and_deleted(settings: Settings, open_page: OpenPage) -> None:
    released_world(settings)
    test = open_page("sql")
    test.text_area(key="sql_statement").set_value("SELECT 1 AS one").run()
    test.button(key="sql_keep_open").click().run()
    test.text_input(key="sql_keep_name").set_value("One")
    test.button(key="sql_keep_done").click().run()
    assert not test.exception
    again = open_page("sql")
    chosen = again.selectbox(key="sql_chosen")
    assert "Shared · One" in chosen.options
    with worker_session() as session:
        chosen.set_value(session.scalar(text("SELECT id FROM saved_queries"))).run()
    assert again.text_area(key="sql_statement").value == "SELECT 1 AS one"
    (delete,) = [button for button in again.button if button.label == "Yes, delete"]
    delete.click().run()
    assert not again.exception
    assert "Shared · One" not in again.selectbox(key="sql_chosen").options


def test_a_reader_is_made_and_its_password_shown_once(settings: Settings, open_page: OpenPage) -> None:
    released_world(settings)
    test = open_page("sql")
    test.button_group(key="sql_part").set_value("Connect your own tools").run()
    assert "No reader yet" in said(test)
    test.button(key="reader_open").click().run()
    test.text_input(key="reader_new_name").set_value("Metabase")
    test.button(key="reader_new_done").click().run()
    assert not test.exception
    password = test.session_state["reader_made"][2]
    assert password in [code.value for code in test.code]
    test.button(key="reader_copied").click().run()
    assert password not in "".join(str(code.value) for code in test.code)
    test.button(key="mirror_now").click().run()
    assert not test.exception
    assert "The mirror stands on release 1" in said(test)
    with worker_session() as session:
        assert session.scalar(text("SELECT count(*) FROM marts.dim_accounts")) == 4
        session.execute(text("DELETE FROM readers"))
    readers.drop_gone(settings)


def test_every_example_runs_and_every_table_it_names_is_described(settings: Settings) -> None:
    world, release = released_world(settings)
    path = copy.prepared(Tenant(world.organization_id), release)
    for title, statement in EXAMPLES.items():
        answer = run.run(path, statement, owner=title)
        assert answer.frame.width > 1, title
    named = {
        name for statement in EXAMPLES.values() for name in re.findall(r"(?:FROM|JOIN) (\w+)", statement)
    }
    assert named <= set(marts())


def test_files_hold_what_was_shown_and_run_nothing() -> None:
    frame = pl.DataFrame(
        {
            "text": ["=HYPERLINK(1)", None, "ä,\n\"x\""],
            "views": [1, None, 3],
            "at": [datetime(2026, 3, 29, 1, tzinfo=UTC), None, datetime(2026, 3, 29, 0, 30, tzinfo=UTC)],
            "labels": [["a", "b"], None, []],
            "span": [timedelta(days=1), None, timedelta(0)],
        }
    )  # fmt: skip
    written = files.csv(frame)
    assert written.startswith(b"\xef\xbb\xbf")
    lines = written.decode("utf-8-sig")
    assert "'=HYPERLINK(1),1,2026-03-29T01:00:00" in lines
    assert "+00:00," in lines
    assert lines.splitlines()[2].startswith(",,,")
    assert '"a, b"' in lines
    assert pl.read_parquet(io.BytesIO(files.parquet(frame))).equals(frame)


def test_snippets_name_the_server_and_never_a_password() -> None:
    server = snippets.server("postgresql://owner:hunter2@db.example.com:6543/allin?sslmode=require")
    assert (server.host, server.port, server.database, server.local) == (
        "db.example.com", "6543", "allin", False,
    )  # fmt: skip
    for text_ in (
        snippets.psql(server, "reader_x"),
        snippets.python(server, "reader_x"),
        snippets.duckdb(server, "reader_x"),
        str(snippets.fields(server, "reader_x")),
    ):
        assert "hunter2" not in text_
        assert "owner" not in text_
        assert "reader_x" in text_
    assert snippets.server("host=/tmp/socket dbname=postgres").local
