"""Real posts, imported from files and built: every unit of engagement arrives, and what is undone leaves."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from pathlib import Path
from uuid import UUID

import pytest

from foundation.database import Tenant
from foundation.settings import get_settings
from tests import databases
from tests.dbt.lakes import Warehouse
from tests.identity.people import add_brand, add_person
from warehouse import lake
from warehouse.importing.columns import Kind
from warehouse.importing.examining import Wanted, examine
from warehouse.importing.taking import By, take, undo

# No staging of networks that have no account here.
MODELS_ONLY = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test",
               "--exclude", "stg_[!fir]*")  # fmt: skip
HEADER = [
    "account", "platform", "post_id", "published_at", "kind", "text", "impressions", "reach", "reactions",
    "comments", "shares",
]  # fmt: skip
FIXED = timezone(timedelta(hours=-5))  # of the pages' times
MOST = 4_000  # posts of a file; the largest has 167,898


@dataclass
class Imported:
    """A lake with everything imported and built; `sums` are reactions, comments, shares by file."""

    warehouse: Warehouse
    tenant: Tenant
    ids: dict[str, UUID]
    sums: dict[str, tuple[int, int, int]]
    posts: dict[str, int]


def pages(row: dict[str, str], _number: int) -> list[str]:
    """The 100 pages of 2016: exact seconds, always five hours behind UTC."""
    at = datetime.fromisoformat(row["status_published"]).replace(tzinfo=FIXED)
    known = [row["page"], "facebook", row["status_id"], at.isoformat(), kind(row["status_type"])]
    counters = [row["num_reactions"], row["num_comments"], row["num_shares"]]
    return [*known, row["message_160"], "", "", *counters]


def sellers(row: dict[str, str], _number: int) -> list[str]:
    """Nine sellers, by the minute; the page is in the id of the post."""
    at = datetime.strptime(row["status_published"], "%m/%d/%Y %H:%M").replace(tzinfo=UTC)
    page, counters = (
        row["status_id"].split("_")[0],
        [row["num_reactions"], row["num_comments"], row["num_shares"]],
    )
    return [
        page,
        "facebook",
        row["status_id"],
        at.isoformat(),
        kind(row["status_type"]),
        "",
        "",
        "",
        *counters,
    ]


def brand(row: dict[str, str], number: int) -> list[str]:
    """One brand's page, newest first; only month, weekday and hour are known, so the days are ours."""
    at = datetime(2014, 12, 31, int(row["Post Hour"]) % 24, tzinfo=UTC) - timedelta(hours=17 * number)
    seen = [row["Lifetime Post Total Impressions"], row["Lifetime Post Total Reach"]]
    counters = [row["like"], row["comment"], row["share"]]
    return [
        "cosmetics",
        "facebook",
        f"{number}",
        at.isoformat(),
        kind(row["Type"].lower()),
        "",
        *seen,
        *counters,
    ]


def kind(written: str) -> str:
    return written if written in ("photo", "video", "link") else "status"


FILES = {
    "facebook_pages_2016.csv.gz": pages,
    "facebook_live_sellers_2018.csv": sellers,
    "facebook_brand_page_2014.csv": brand,
}


def adapted(path: Path, adapter: Callable[[dict[str, str], int], list[str]]) -> list[list[str]]:
    """The rows of a real file in our columns; a post that is there again is left out."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open(encoding="utf-8-sig") as file:
        rows = (adapter(row, number) for number, row in enumerate(islice(csv.DictReader(file), MOST)))
        return list({(row[0], row[2]): row for row in rows}.values())


def counted(rows: list[list[str]]) -> tuple[int, int, int]:
    reactions, comments, shares = (sum(int(row[place] or 0) for row in rows) for place in (8, 9, 10))
    return reactions, comments, shares


@pytest.fixture(scope="module")
def imported(
    server_url: str, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Imported]:
    """The three files, and followers of one page; built once."""
    work = tmp_path_factory.mktemp("imported")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", databases.copy(server_url))
        patch.setenv("ALLIN_HOME", str(work / "home"))
        get_settings.cache_clear()
        _, organization_id = add_person()
        tenant, brand_id = Tenant(organization_id), add_brand(organization_id, timezone="America/New_York")
        ids, sums, posts = {}, {}, {}

        def bring(name: str, header: list[str], rows: list[list[str]], about: Kind) -> None:
            file = work / f"{name}.csv"
            with file.open("w", newline="") as out:
                csv.writer(out).writerows([header, *rows])
            os.utime(file, (1_600_000_000, 1_600_000_000))
            look = examine(Wanted(tenant, brand_id, about, file, name))
            assert (look.problem_count, look.right) == (0, len(rows)), look.problems[:3]
            ids[name] = take(look, By("operator"), create=True).id
            look.drop()

        for name, adapter in FILES.items():
            rows = adapted(real_data / name, adapter)
            sums[name], posts[name] = counted(rows), len(rows)
            bring(name, HEADER, rows, Kind.POSTS)
        days = [["cosmetics", "facebook", f"2014-12-{day:02}", str(139_400 + day)] for day in range(1, 32)]
        bring("followers", ["account", "platform", "date", "followers"], days, Kind.FOLLOWERS)
        # Of this account one file stays, so that the account does.
        post = ["undone", "facebook", "1", "2014-05-01T00:00:00+00:00", "photo", "", "", "", "1", "1", "1"]
        bring("kept", HEADER, [post], Kind.POSTS)
        bring("undone", HEADER, [[*post[:2], "2", *post[3:]]], Kind.POSTS)
        undo(tenant, ids["undone"])
        sums["kept"], posts["kept"] = counted([post]), 1
        with lake.connect(get_settings()) as connection:
            warehouse = Warehouse(get_settings(), connection, work)
            warehouse.build(*MODELS_ONLY)
            yield Imported(warehouse, tenant, ids, sums, posts)
        get_settings.cache_clear()


def built(imported: Imported) -> tuple[int, tuple[int, int, int], int]:
    """Posts, reactions with comments and shares, and engagement, as people see them."""
    (row,) = imported.warehouse.rows(
        "SELECT count(*), sum(reactions), sum(comments), sum(shares), sum(engagement) "
        "FROM lake.marts.engagement"
    )
    return int(row[0]), (int(row[1]), int(row[2]), int(row[3])), int(row[4])


def test_every_post_and_every_unit_of_engagement_arrives(imported: Imported) -> None:
    count, parts, engagement = built(imported)
    assert count == sum(imported.posts.values())
    assert parts == tuple(map(sum, zip(*imported.sums.values(), strict=True)))
    assert engagement == sum(parts)
    accounts = imported.warehouse.rows(
        "SELECT count(*), min(status), max(status) FROM lake.marts.dim_accounts"
    )
    assert accounts[0][1:] == ("imported", "imported")


def test_moments_are_those_of_the_files(imported: Imported) -> None:
    with (imported.warehouse.work / "facebook_pages_2016.csv.gz.csv").open() as file:
        first = next(csv.DictReader(file))
    rows = imported.warehouse.rows(
        f"SELECT published_at, text FROM lake.marts.dim_posts WHERE external_id = '{first['post_id']}'"
    )
    assert rows == [(datetime.fromisoformat(first["published_at"]).astimezone(UTC), first["text"])]


def test_followers_by_day_are_growth(imported: Imported) -> None:
    rows = imported.warehouse.rows(
        "SELECT date, followers, net_change FROM lake.marts.follower_growth ORDER BY date"
    )
    assert (len(rows), rows[0][1:], rows[-1][1:]) == (31, (139_401, None), (139_431, 1))


def test_what_was_undone_is_in_no_mart(imported: Imported) -> None:
    account = "account_id IN (SELECT account_id FROM lake.marts.dim_accounts WHERE account_name = 'undone')"
    assert imported.warehouse.rows(f"SELECT count(*) FROM lake.marts.dim_posts WHERE {account}") == [(1,)]
