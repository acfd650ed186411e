"""Real posts served as pages: the file's counts, shifted in time, and nothing the file does not know."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.archive_file import ArchiveError, load_pages
from tests.conftest import DATA
from tests.sandbox.server import Running, running

FILE = DATA / "facebook_pages_2016.csv.gz"
REACTIONS = ["num_likes", "num_loves", "num_wows", "num_hahas", "num_sads", "num_angrys"]
TOTALS = ["num_reactions", "num_comments", "num_shares"]
ABOUT = ["page", "status_id", "status_type", "status_published"]
HEADER = [*ABOUT, *TOTALS, *REACTIONS, "link_domain", "message_160"]
GOOD = [
    "shop",
    "1_2",
    "photo",
    "2016-03-01 10:00:00",
    "6",
    "5",
    "4",
    "3",
    "2",
    "1",
    "0",
    "0",
    "0",
    "",
    "hello",
]


def write(path: Path, *rows: list[str], header: list[str] = HEADER) -> Path:
    with gzip.open(path, "wt", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    if not FILE.exists():
        pytest.skip(f"{FILE} is not there")
    with running(tmp_path_factory.mktemp("archive"), archive=FILE, pages=("wwe", "zachbraff")) as found:
        yield found


def every_post(sandbox: Running, fields: str) -> list[dict[str, Any]]:
    answer = sandbox.graph(f"{sandbox.page_id}/published_posts", fields=fields, limit=100).json()
    posts = list(answer["data"])
    while "next" in answer["paging"]:
        answer = sandbox.client.get(answer["paging"]["next"]).json()
        posts += answer["data"]
    return posts


def test_counts_equal_the_file(archive: Running) -> None:
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        rows = {row["status_id"]: row for row in csv.DictReader(file) if row["page"] == "wwe"}
    posts = every_post(
        archive, "message,shares,reactions.summary(true),comments.summary(true),status_type,created_time"
    )
    assert {post["id"] for post in posts} == set(rows)
    for post in posts:
        row = rows[post["id"]]
        assert post["reactions"]["summary"]["total_count"] == int(row["num_reactions"])
        assert post["comments"]["summary"]["total_count"] == int(row["num_comments"])
        assert post.get("shares", {"count": 0})["count"] == int(row["num_shares"])
        assert post.get("message", "") == row["message_160"]
    shifts = {
        datetime.fromisoformat(post["created_time"])
        - datetime.fromisoformat(rows[post["id"]]["status_published"] + "-05:00")
        for post in posts
    }
    assert len(shifts) == 1
    assert shifts.pop() % timedelta(days=1) == timedelta()


def test_the_newest_post_of_the_chosen_pages_is_now(archive: Running) -> None:
    newest = []
    for brand in archive.brands:
        params = {"access_token": brand["facebook"]["user_token"]}
        page = archive.get("/facebook/me/accounts", **params).json()["data"][0]
        posts = archive.get(
            f"/facebook/{page['id']}/posts", access_token=page["access_token"], fields="created_time", limit=1
        )
        newest.append(datetime.fromisoformat(posts.json()["data"][0]["created_time"]))
    assert timedelta() <= datetime.now(UTC) - max(newest) <= timedelta(days=1)


def test_what_the_file_does_not_know_is_absent(archive: Running) -> None:
    assert [(brand["timezone"], brand["x"]) for brand in archive.brands] == [("Etc/GMT+5", None)] * 2
    page = archive.graph(archive.page_id, fields="followers_count,fan_count,name").json()
    assert page == {"name": "wwe", "id": archive.page_id}
    assert archive.graph(f"{archive.page_id}/insights", metric="page_follows").json() == {"data": []}
    post = archive.graph(f"{archive.page_id}/posts", fields="id", limit=1).json()["data"][0]["id"]
    metrics = "post_media_view,post_clicks,post_reactions_by_type_total"
    series = archive.graph(f"{post}/insights", metric=metrics).json()["data"]
    assert [one["name"] for one in series] == ["post_reactions_by_type_total"]


def test_posts_can_be_published_on_a_real_page(archive: Running) -> None:
    post_id = archive.publish("New here").json()["id"]
    archive.advance(3 * 86_400)
    post = archive.graph(post_id, fields="reactions.summary(true)").json()
    assert post["reactions"]["summary"]["total_count"] > 0
    assert archive.graph(f"{post_id}/insights", metric="post_media_view").json()["data"] == []


def test_each_post_is_served_once_and_the_largest_pages_are_the_default(tmp_path: Path) -> None:
    rows = [[f"page{p}", f"{p}_{n}", *GOOD[2:]] for p in range(1, 6) for n in range(1, p + 1)]
    path = write(tmp_path / "a.csv.gz", *rows, rows[-1])
    found = load_pages(path, ())
    assert {name: len(posts) for name, posts in found.items()} == {"page5": 5, "page4": 4, "page3": 3}
    assert list(load_pages(path, ("page1", "page5"))) == ["page1", "page5"]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("num_likes", "many", "line 3, column num_likes"),
        ("num_shares", "-1", "line 3, column num_shares"),
        ("status_published", "2016-02-30 10:00:00", "line 3, column status_published"),
        ("status_id", "12", "line 3, column status_id"),
        ("status_type", "poem", "line 3, column status_type"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, column: str, value: str, said: str) -> None:
    bad = [value if name == column else old for name, old in zip(HEADER, GOOD, strict=True)]
    path = write(tmp_path / "bad.csv.gz", GOOD, bad)
    with pytest.raises(ArchiveError, match=said) as caught:
        load_pages(path, ("shop",))
    assert str(path) in str(caught.value)


def test_a_bad_file_is_named(tmp_path: Path) -> None:
    plain = tmp_path / "plain.csv.gz"
    plain.write_text("page,status_id\n")
    with pytest.raises(ArchiveError, match="gzip"):
        load_pages(plain, ())
    whole = write(tmp_path / "whole.csv.gz", *[GOOD] * 2000).read_bytes()
    (tmp_path / "cut.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ArchiveError, match="gzip"):
        load_pages(tmp_path / "cut.csv.gz", ("shop",))
    with pytest.raises(ArchiveError, match=r"line 1: missing column message_160"):
        load_pages(write(tmp_path / "columns.csv.gz", header=HEADER[:-1]), ())
    with pytest.raises(ArchiveError, match=r"line 3: 3 columns instead of 15"):
        load_pages(write(tmp_path / "short.csv.gz", GOOD, GOOD[:3]), ())
    with pytest.raises(ArchiveError, match="no posts"):
        load_pages(write(tmp_path / "empty.csv.gz"), ())


def test_unknown_and_doubled_pages_are_listed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv.gz", GOOD, ["twin", *GOOD[1:]])
    with pytest.raises(ArchiveError, match="no such page: nobody, noone; it has shop, twin"):
        load_pages(path, ("nobody", "shop", "noone"))
    with pytest.raises(ArchiveError, match=r"shop and twin are the same page \(1\)"):
        load_pages(path, ("shop", "twin"))
