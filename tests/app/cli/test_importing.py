"""`allin import`: files go in, wrong rows are named, and what was imported is listed and undone."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from sqlalchemy import select, text
from typer.testing import CliRunner, Result

from app.cli.main import app
from foundation.database import worker_session
from identity.models import AuditEvent
from tests.app.world import connected_world
from tests.test_docs import example

BRAND = ("--brand", "harbor & pine")
GOOD = """\
account,platform,post_id,published_at,text,impressions,reactions
Harbor & Pine,facebook,1,2026-03-02T09:30:00+01:00,Hello,"1,200",7
@harbor,x,2,2026-03-03T09:30:00+01:00,,,0
"""


@pytest.fixture(autouse=True)
def _world(settings: object) -> None:
    assert settings
    connected_world()


def allin(*words: str) -> Result:
    return CliRunner().invoke(app, ["import", *words])


def done(*words: str) -> str:
    result = allin(*words)
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def write(folder: Path, content: str, name: str = "posts.csv") -> str:
    file = folder / name
    file.write_text(content)
    os.utime(file, (1_790_000_000, 1_790_000_000))
    return str(file)


def trail() -> list[tuple[str, str, str]]:
    with worker_session() as session:
        rows = session.scalars(select(AuditEvent).order_by(AuditEvent.at))
        return [(row.actor, row.action, row.target) for row in rows if row.target_type in ("file", "import")]


def test_from_a_file_to_the_list_and_back(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    would = done("posts", file, *BRAND, "--dry-run")
    assert would == (
        f"{file}: AllIN's own columns, 2 posts of 2 accounts, 2026-03-02 to 2026-03-03, "
        "as of 2026-09-21 14:13 UTC\n"
    )
    assert done("list", *BRAND) == "nothing was imported yet\n"
    assert "2 rows imported as" in done("posts", file, *BRAND)
    assert "imported before; nothing was changed" in done("posts", file, *BRAND)
    listed = done("list", *BRAND)
    assert "imported     posts.csv, 2 posts, 2 accounts, 2026-03-02 to 2026-03-03" in listed
    assert "is undone" in done("undo", listed.split()[0], *BRAND, "--yes")
    assert "undone" in done("list", *BRAND)
    assert trail() == [("operator", "imported", "posts.csv"), ("operator", "removed", "posts.csv")]


def test_wrong_rows_are_named_and_left_out_only_when_agreed(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD + "Harbor & Pine,facebook,3,2026-03-02,,,5%\n")
    refused = allin("posts", file, *BRAND, "--problems", str(tmp_path / "problems.csv"))
    assert refused.exit_code == 1
    said = re.sub(r"\s+", " ", refused.stderr)
    assert f"{file}, line 4, column 4 (published_at): There is no offset from UTC" in said
    assert f"{file}, line 4, column 7 (reactions): This is a share, not a count." in said
    assert "leaving them out was not agreed to. Correct them, or say --skip-bad." in said
    assert len((tmp_path / "problems.csv").read_text().splitlines()) == 3
    more = write(tmp_path, GOOD + "Harbor & Pine,facebook,4,soon,,,\n", "more.csv")
    allin("posts", file, more, *BRAND, "--dry-run", "--problems", str(tmp_path / "problems.csv"))
    told = (tmp_path / "problems.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in told[1:]] == ["posts.csv", "posts.csv", "more.csv"]
    unwritable = allin("posts", file, *BRAND, "--problems", str(tmp_path))
    assert (unwritable.exit_code, "can't be written" in unwritable.stderr) == (2, True)
    assert done("list", *BRAND) == "nothing was imported yet\n"
    result = allin("posts", file, *BRAND, "--skip-bad")
    assert (result.exit_code, "2 rows imported" in result.stdout) == (1, True)


def test_unknown_accounts_are_made_only_when_agreed(tmp_path: Path) -> None:
    file = write(tmp_path, "account,platform,date,followers\nOld Page,facebook,2026-03-01,120\n")
    refused = allin("followers", file, *BRAND)
    assert (refused.exit_code, "Old Page (facebook). Correct the names" in refused.stderr) == (1, True)
    assert "1 rows imported" in done("followers", file, *BRAND, "--create")
    with worker_session() as session:
        query = text("SELECT status, access_token FROM accounts WHERE name = 'Old Page'")
        assert session.execute(query).one() == ("imported", "")


def test_what_the_file_does_not_say_is_said_by_hand(tmp_path: Path) -> None:
    file = write(tmp_path, "id;when;Gefällt mir\n1;03/04/2026 09:30;1.200\n")
    by_hand = ("--map", "post_id=id", "--map", "published_at=when", "--map", "reactions=Gefällt mir")
    more = ("--account", "@harbor", "--platform", "twitter", "--zone", "Europe/Berlin", "--dates", "dmy")
    said = done("posts", file, *BRAND, *by_hand, *more, "--exported-at", "2026-05-01T00:00Z", "--dry-run")
    assert "1 post of 1 account, 2026-04-03 to 2026-04-03, as of 2026-05-01 00:00 UTC" in said
    for wrong in (("--map", "likes=id"), ("--zone", "Mars"), ("--platform", "myspace"), ("--preset", "none")):
        assert allin("posts", file, *BRAND, *wrong).exit_code == 2


def test_the_files_that_are_shown_are_imported(tmp_path: Path) -> None:
    shown = write(tmp_path, example("docs/importing.md", "csv"))
    assert "3 posts of 2 accounts" in done("posts", shown, *BRAND, "--create")


def test_what_is_not_there_is_one_line(tmp_path: Path) -> None:
    missing = allin("posts", str(tmp_path / "none.csv"), *BRAND)
    assert (missing.exit_code, "can't be read: No such file" in missing.stderr) == (1, True)
    folder = allin("posts", str(tmp_path), *BRAND)
    assert (folder.exit_code, "can't be read: Is a directory" in folder.stderr) == (1, True)
    assert "there is no brand nobody" in allin("list", "--brand", "nobody").stderr
    assert "is no id of an import" in allin("undo", "x", *BRAND, "--yes").stderr


FOLLOWERS = "account,platform,date,followers\nHarbor & Pine,facebook,2026-03-02,1200\n"


def test_the_header_tells_what_a_file_holds(tmp_path: Path) -> None:
    posts, followers = write(tmp_path, GOOD), write(tmp_path, FOLLOWERS, "followers.csv")
    assert "2 posts of 2 accounts" in done(posts, *BRAND, "--dry-run")
    assert "1 day of 1 account" in done(*BRAND, followers, "--dry-run")
    unknown = allin(write(tmp_path, "a,b\n1,2\n", "what.csv"), *BRAND)
    assert unknown.exit_code == 1
    assert "post_id" in unknown.stderr
    assert "No such command" in allin("missing.csv", *BRAND).stderr


def test_where_there_are_several_brands_one_is_to_be_said(tmp_path: Path) -> None:
    result = allin(write(tmp_path, GOOD))
    assert result.exit_code == 1
    assert "say which brand: --brand " in result.stderr
    assert "Harbor & Pine" in result.stderr
    with worker_session() as session:
        others = "SELECT id FROM brands WHERE name <> 'Harbor & Pine'"
        session.execute(text(f"DELETE FROM accounts WHERE brand_id IN ({others})"))
        session.execute(text(f"DELETE FROM brands WHERE id IN ({others})"))
    assert "2 rows imported" in done(str(tmp_path / "posts.csv"))
