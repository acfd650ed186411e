"""Posts from files at the command line."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from app import sending
from app.cli.main import app
from foundation.database import worker_session
from publishing.editing import delete_post
from publishing.models import Post, Publication
from publishing.publisher import WindowResult
from tests.app.world import World, connected_world
from tests.test_docs import example

BRAND = ("--brand", "harbor & pine")
TABLE = "network;text;at\nx;Good;\nx;Bad;31.02.2031 09:00\n"


@pytest.fixture
def world(settings: object) -> World:
    assert settings
    return connected_world()


def allin(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def done(*words: str) -> str:
    result = allin(*words)
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def texts() -> list[str]:
    with worker_session() as session:
        return list(session.scalars(select(Post.text).order_by(Post.text)))


@pytest.mark.usefixtures("world")
def test_a_post_from_a_file_once(tmp_path: Path) -> None:
    file = tmp_path / "post.yaml"
    file.write_text("network: [facebook, x]\ntext: Hello\nat: 2031-03-02 09:30\n")
    assert done("post", "--file", str(file), *BRAND, "--dry-run") == "1 post would be made\n"
    assert texts() == []
    assert done("post", "--file", str(file), *BRAND) == "1 post made\n"
    assert done("post", "--file", str(file), *BRAND) == "0 posts made; 1 there already\n"
    assert texts() == ["Hello"]


def test_the_document_that_is_shown_makes_what_it_says(world: World, tmp_path: Path) -> None:
    file = tmp_path / "post.yaml"
    file.write_text(example("docs/publishing.md", "yaml"))
    assert done("post", "--file", str(file), *BRAND) == "1 post made\n"
    with worker_session() as session:
        rows = session.scalars(select(Publication).where(Publication.part == 0)).all()
    assert {one.account_id for one in rows} == set(world.account_ids[2:])
    own = {one.network: one.own.get("text") for one in rows}
    assert own == {"facebook": None, "x": "We open at 8! Come early."}


@pytest.mark.usefixtures("world")
def test_what_was_deleted_is_named_and_stays_deleted(tmp_path: Path) -> None:
    file = tmp_path / "posts.csv"
    file.write_text("network,text\nx,Hello\n")
    done("import-posts", str(file), *BRAND)
    with worker_session() as session:
        delete_post(session, session.scalars(select(Post.id)).one())
    named, summary = done("import-posts", str(file), *BRAND).splitlines()
    assert named.startswith(f"{file}, line 2, column 1: This post was deleted")
    assert (summary, texts()) == ("0 posts made; 1 deleted since", ["Hello"])


@pytest.mark.usefixtures("world")
def test_what_is_due_now_is_sent_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, sent = tmp_path / "post.json", []

    def publish(ids: list[UUID], **_: object) -> WindowResult:
        sent.extend(ids)
        return WindowResult()

    monkeypatch.setattr(sending, "publish_now", publish)
    file.write_text('{"account": "@harbor", "text": "Now", "at": "now"}')
    said = done("post", "--file", str(file), *BRAND)
    assert len(sent) == 1
    assert re.fullmatch(r"1 post made\n@harbor \(x\): scheduled\n", said)


@pytest.mark.usefixtures("world")
def test_a_table_with_something_wrong(tmp_path: Path) -> None:
    file = tmp_path / "posts.csv"
    file.write_text(TABLE)
    result = allin("import-posts", str(file), *BRAND)
    assert (result.exit_code, result.stdout, texts()) == (1, "nothing is made; 1 of 2 are good\n", [])
    assert result.stderr.startswith(f"✗ {file}, line 3, column 3 (at): Write the time as ")
    dry = allin("import-posts", str(file), *BRAND, "--dry-run")
    assert (dry.exit_code, dry.stdout) == (1, "nothing would be made; 1 of 2 are good\n")
    some = allin("import-posts", str(file), *BRAND, "--dry-run", "--only-good")
    assert (some.exit_code, some.stdout, texts()) == (1, "1 post would be made\n", [])
    some = allin("import-posts", str(file), *BRAND, "--only-good")
    assert (some.exit_code, some.stdout, texts()) == (1, "1 post made\n", ["Good"])


@pytest.mark.usefixtures("world")
def test_what_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "posts.csv"
    missing = allin("import-posts", str(file), *BRAND)
    assert (missing.exit_code, "can't be read" in missing.stderr) == (1, True)
    file.write_text(TABLE)
    for words in (("--brand", "Nobody"), (*BRAND, "--organization", "Nobody")):
        refused = allin("import-posts", str(file), *words)
        assert (refused.exit_code, "there is no brand" in refused.stderr) == (1, True)


def test_brands_of_one_name_are_told_apart_by_their_organizations(world: World, tmp_path: Path) -> None:
    other = connected_world(email="other@example.com")
    assert other.organization_id != world.organization_id
    file = tmp_path / "posts.csv"
    file.write_text("network,text\nx,Hello\n")
    several = allin("import-posts", str(file), *BRAND)
    assert (several.exit_code, "several organizations" in several.stderr) == (1, True)
    said = done("import-posts", str(file), *BRAND, "--organization", str(other.organization_id))
    assert said == "1 post made\n"
    with worker_session() as session:
        assert session.scalars(select(Post.organization_id)).all() == [other.organization_id]
