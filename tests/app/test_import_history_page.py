"""The page of imported history: a file is looked at, agreed to, imported, listed and undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from foundation.database import worker_session
from identity.models import AuditEvent
from identity.permissions import Role
from tests.app.pages import OpenPage, said, sign_in
from tests.app.world import connected_world
from tests.identity.people import add_person
from warehouse.importing.records import Import

PLACE = "/import-history"
FILE = """\
account,platform,post_id,published_at,text,impressions,reactions
Harbor & Pine,facebook,77,2026-03-02T09:30:00+01:00,<b>Hello</b> *you*,"12,400",7
Old Page,instagram,78,2026-03-03T09:30:00+01:00,,,0
Harbor & Pine,facebook,79,2026-03-05,,1.2K,1
"""


def imports() -> list[tuple[str, int, int]]:
    with worker_session() as session:
        return [(row.state, row.row_count, row.left_out) for row in session.scalars(select(Import))]


@pytest.mark.browser
def test_from_a_file_to_the_list_and_back(page: Page, tmp_path: Path) -> None:
    connected_world()
    file = tmp_path / "posts.csv"
    file.write_text(FILE)
    sign_in(page, PLACE)
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("2 problems in the file")).to_be_visible()
    expect(page.get_by_text("Line 4, column 4 (published_at)")).to_be_visible()
    expect(page.get_by_text("This number was shortened")).to_be_visible()
    go = page.get_by_role("button", name="Import 2 posts")
    expect(go).to_be_disabled()
    page.get_by_text("Leave the 1 wrong row out").click()
    page.get_by_text("Make 1 new account").click()
    expect(go).to_be_enabled()
    assert imports() == []
    go.click()
    expect(page.get_by_text("2 posts imported.")).to_be_visible()
    expect(page.get_by_text("What was imported")).to_be_visible()
    assert imports() == [("landed", 2, 1)]
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Yes, undo").click()
    expect(page.get_by_text("posts.csv is undone.")).to_be_visible()
    assert imports() == [("undone", 2, 1)]
    with worker_session() as session:
        rows = session.execute(
            select(AuditEvent.actor, AuditEvent.action)
            .where(AuditEvent.target == "posts.csv")
            .order_by(AuditEvent.at)
        )
        assert [tuple(row) for row in rows] == [
            ("owner@example.com", "imported"), ("owner@example.com", "removed"),
        ]  # fmt: skip


@pytest.mark.usefixtures("settings")
def test_it_is_for_those_who_may_connect_accounts(open_page: OpenPage) -> None:
    connected_world(Role.EDITOR)
    assert "Your role does not open this page" in said(open_page("import_history"))


@pytest.mark.usefixtures("settings")
def test_without_a_file_it_says_what_to_do_and_without_a_brand_too(open_page: OpenPage) -> None:
    add_person()
    assert "No brand yet" in said(open_page("import_history"))
