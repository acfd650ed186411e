"""Real posts of a file, served as pages without followers or views, make a release too."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from foundation.settings import Settings, get_settings
from identity import demo
from tests.assets.runs import run
from tests.sandbox.server import running
from warehouse import lake, releases

REACTIONS = ("likes", "loves", "wows", "hahas", "sads", "angrys")
PAGES = {"first": 1001, "second": 1002}


def _post(number: int) -> dict[str, object]:
    """The posts of the two pages alternate, 17 hours apart."""
    page = list(PAGES)[number % 2]
    published = datetime(2016, 5, 1, 9) + timedelta(hours=17 * number)
    likes = 10 + number
    return {
        "page": page,
        "status_id": f"{PAGES[page]}_{number + 1}",
        "status_type": "photo",
        "status_published": f"{published:%Y-%m-%d %H:%M:%S}",
        "num_reactions": likes,
        "num_comments": number % 7,
        "num_shares": number % 3,
        **{f"num_{kind}": likes if kind == "likes" else 0 for kind in REACTIONS},
        "link_domain": "",
        "msg_len": 14,
        "message_160": f"Post number {number:>2}",
    }


def _write(path: Path) -> dict[str, int]:
    """Thirty posts of each page; returns each page's engagement."""
    posts = pl.DataFrame([_post(number) for number in range(60)])
    path.write_bytes(gzip.compress(posts.write_csv().encode()))
    engagement = pl.sum_horizontal("num_reactions", "num_comments", "num_shares")
    return dict(posts.group_by("page").agg(engagement.sum()).iter_rows())


@pytest.fixture
def archive(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Settings, dict[str, int]]]:
    assert settings.demo
    totals = _write(tmp_path / "posts.csv.gz")
    with running(
        tmp_path / "sandbox", archive=tmp_path / "posts.csv.gz", pages=("first", "second")
    ) as sandbox:
        monkeypatch.setenv("ALLIN_SANDBOX_PORT", str(sandbox.client.base_url.port))
        get_settings.cache_clear()
        demo.seed(get_settings())
        yield get_settings(), totals


def test_the_released_numbers_are_the_file_s(archive: tuple[Settings, dict[str, int]]) -> None:
    settings, totals = archive
    assert run("refresh").success
    release = releases.current(settings)
    assert release is not None
    with lake.connect_at(settings, release.snapshot_id) as connection:
        found = connection.execute(
            "SELECT account_name, sum(engagement)::INTEGER, count(*), count(views) "
            "FROM engagement JOIN dim_accounts USING (account_id) GROUP BY 1 ORDER BY 1"
        ).fetchall()
    assert found == [("first", totals["first"], 30, 0), ("second", totals["second"], 30, 0)]
