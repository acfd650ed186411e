"""Staging against the sandbox's own truth: all ten networks collected once, built once, equal to the unit.

Beside them stand the answers of a network gone mad: they take nobody else's numbers away, and give none.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from assets.ingest import collect_network
from bench.members import connect_all
from foundation.database import worker_session
from foundation.settings import get_settings
from platforms import accounts
from platforms.registry import NETWORK_KEYS
from sandbox.clock import Clock
from sandbox.model import Account, Counts, Post
from sandbox.services import Services, open_services
from sandbox.settings import Settings as SandboxSettings
from tests import databases
from tests.dbt.lakes import Warehouse
from tests.sandbox.server import running
from warehouse import catalogue, lake, schema
from warehouse.landing import land_registry, registry

BRAND = "Kumo Stationery"  # in Tokyo, where a day begins nine hours before UTC's
DAYS = 12
TESTS = ("test", "unit_test")  # what they say of these answers, the marts' own build says
COUNTERS = ("views", "reach", "reactions", "comments", "shares", "saves", "clicks")
# What is told apart from the list of posts becomes a counter by its name in the catalogue.
POSTS = """
SELECT posts.external_id, {columns}
FROM lake.staging.stg_{network}__posts posts
{join}
WHERE posts.account_id <> 'mad'
GROUP BY posts.external_id
"""
METRICS = """
LEFT JOIN lake.staging.stg_{network}__post_metrics told USING (account_id, external_id)
LEFT JOIN lake.staging.metric_catalogue known
  ON known.network = '{network}' AND known.subject = 'post' AND known.native_name = told.metric
"""
# An account's views by day; a day is named, or ends at a moment in the account's zone.
DAILY = """
SELECT {day} AS date, value FROM lake.staging.stg_{network}__account_metrics
WHERE metric = '{metric}' AND value > 0 AND account_id <> 'mad' ORDER BY 1
"""
ENDING = "CAST((end_time + INTERVAL '3 hours') AT TIME ZONE 'Asia/Tokyo' AS DATE) - 1"
# Successes (200) that are none, landed for every network and entity.
MAD = (
    *("{}", "[]", "5", "null", '"<html>"', '{"data": null}', '{"data": 5, "items": "x", "elements": {}}'),
    '[1, null, "x", [], {"content": 7, "media_attachments": {"a": 1}, "favourites_count": "many"}]',
    '{"data": [1, "x", null, [], {}], "items": [1, {}], "elements": [[], {}], "feed": [{"post": 5}, {}]}',
    '{"data": [{"name": "views", "period": "day", "values": [{"value": {"a\\"b": [1]}, "end_time": "soon"}],'
    ' "total_value": {"value": {}, "breakdowns": [{"results": [{"dimension_values": 5}]}]}}]}',
    '{"data": {"videos": [{"create_time": 99999999999999999, "view_count": "1e99"}], "user": []}}',
    '{"elements": [{"timeRange": {"start": 99999999999999999}, "followerGains": {"$": "x"}},'
    ' {"dateRange": {"start": {"day": 31, "month": 13, "year": 0}}, "createdAt": -9999999999999999}]}',
    '{"columnHeaders": [{"name": "views", "columnType": "METRIC"}], "rows": [[], ["x", 1, 2], 5]}',
    # Numbers that a sum of a few would overflow with, and times far off: nothing a network ever says.
    '[{"id": "9", "created_at": "290000-01-01T00:00:00Z", "favourites_count": HUGE, "reblogs_count": HUGE,'
    ' "quotes_count": HUGE}]',
    '{"feed": [{"post": {"uri": "9", "repostCount": HUGE, "quoteCount": HUGE, "likeCount": 1e18,'
    ' "record": {"createdAt": "0001-01-01T00:00:00Z"}}}], "followersCount": HUGE}',
    '{"data": [{"id": "9", "public_metrics": {"repost_count": HUGE, "quote_count": HUGE}, "name": "views",'
    ' "period": "day", "values": [{"value": 1e300, "end_time": "290000-01-01T00:00:00Z"}],'
    ' "total_value": {"value": 1e999}}], "followers_count": HUGE}',
    '{"elements": [{"share": "9", "totalShareStatistics": {"impressionCount": 1e300}}]}',
    '{"all": {"daily_metrics": [{"date": "2026-13-01", "metrics": {"IMPRESSION": "x", "a\\"b": {}}}]}}',
)
LAND_MAD = """
INSERT INTO lake.raw.answers
SELECT md5(network || entity || body), 'mad', 'mad', network, entity,
  '{"post": "1", "posts": ["1"], "params": {"since": "99999999999999999"}}', now(), date_trunc('hour', now()),
  200, body, 'run', now()
FROM (SELECT DISTINCT network, entity FROM lake.raw.answers), (SELECT unnest(?) AS body)
"""


@dataclass
class Staged:
    """A lake with all networks of one brand, and the sandbox that they were collected from."""

    warehouse: Warehouse
    sandbox: Services
    now: datetime

    def account(self, network: str) -> Account:
        """The brand's account as the sandbox has it."""
        found = [each for each in self.sandbox.timeline.accounts.values() if each.network == network]
        return next(each for each in found if each.name == BRAND)

    def has(self, table: str) -> bool:
        """Whether there is such a table of staging."""
        return table in schema.tables(self.warehouse.connection, "staging")

    def posts(self, network: str) -> list[Post]:
        """The brand's posts as the sandbox has them."""
        return self.sandbox.timeline.posts(self.account(network), self.now)

    def days(self, account: Account, column: str) -> dict[date, float]:
        """A number of the account's days in the sandbox, of those in which there was something."""
        last = self.now.astimezone(account.zone).date().toordinal()
        first = last - DAYS
        columns = self.sandbox.timeline.daily(account, first, last, self.now)
        assert columns is not None
        return {
            date.fromordinal(first + place): float(value)
            for place, value in enumerate(columns[column].tolist())
            if value > 0 and self.sandbox.timeline.delivered(account, first + place)
        }


@pytest.fixture(scope="module")
def staged(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    """Every network of one brand, collected while the sandbox's clock stands still, and staged."""
    home, now = tmp_path_factory.mktemp("staged"), datetime.now(UTC)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Clock, "now", lambda _: now)
        patched.setenv("DATABASE_URL", databases.copy(server_url))
        patched.setenv("ALLIN_HOME", str(home))
        with running(home / "sandbox", days=DAYS) as sandbox:
            patched.setenv("ALLIN_SANDBOX_PORT", str(sandbox.client.base_url.port))
            get_settings.cache_clear()
            collect()
        with lake.connect() as connection:
            connection.execute(LAND_MAD, [[body.replace("HUGE", str(2**63 - 1)) for body in MAD]])
            warehouse = Warehouse(get_settings(), connection, home)
            warehouse.build("--select", "staging", "resource_type:seed", "--exclude-resource-type", *TESTS)
            yield Staged(warehouse, truth(home), now)
    get_settings.cache_clear()


def collect() -> None:
    """Collect the brand's account on every network, as the assets do."""
    connect_all(get_settings(), uuid4())
    with worker_session() as session:
        for row in accounts.connected(session):
            row.status = row.status if row.name == BRAND else accounts.DISCONNECTED
    for key in NETWORK_KEYS:
        results = collect_network(key, "run", logging.getLogger("test"))
        assert [result.problem for result in results] == [None]
    with worker_session() as session, lake.connect() as connection:
        land_registry(connection, registry(session))


def truth(home: Path) -> Services:
    """The sandbox once more, to be asked what it would not tell a network."""
    return open_services(SandboxSettings(home=home / "sandbox", smtp_port=0, days=DAYS))


def told(network: str, counts: Counts) -> dict[str, int | None]:
    """What a network tells of a post, by our names."""
    known: dict[str, int | None] = {
        "views": counts.views,
        "reach": counts.reach,
        "reactions": counts.reacted,
        "comments": counts.comments,
        "shares": counts.shares,
        "saves": counts.bookmarks,
        "clicks": counts.clicks,
    }
    own: dict[str, dict[str, int | None]] = {
        "facebook": {"saves": None},
        "instagram": {"clicks": None, "shares": counts.shares + counts.quotes},
        "x": {"reach": None, "shares": counts.shares + counts.quotes},
        "threads": {"reach": None, "saves": None, "clicks": None, "shares": counts.shares + counts.quotes},
        "linkedin": {"saves": None},
        "pinterest": {"reach": None, "shares": counts.bookmarks, "saves": None},
        "tiktok": {"reach": None, "saves": None, "clicks": None},
        "youtube": {"reach": None, "saves": None, "clicks": None},
        "bluesky": {
            **{"views": None, "reach": None, "clicks": None},
            "shares": counts.shares + counts.quotes,
        },
        "mastodon": {
            **{"views": None, "reach": None, "saves": None, "clicks": None},
            "shares": counts.shares + counts.quotes,
        },
    }
    return known | own[network]


def counted(staged: Staged, network: str) -> dict[str, dict[str, int | None]]:
    """The counters of the network's posts as staging has them."""
    has_metrics = staged.has(f"stg_{network}__post_metrics")
    column = "any_value(posts.{0})"
    if has_metrics:
        column = f"coalesce({column}, CAST(sum(value) FILTER (WHERE known.metric = '{{0}}') AS BIGINT))"
    columns = [column.format(name) for name in COUNTERS]
    join = METRICS.format(network=network) if has_metrics else ""
    rows = staged.warehouse.rows(POSTS.format(columns=", ".join(columns), network=network, join=join))
    return {row[0]: dict(zip(COUNTERS, row[1:], strict=True)) for row in rows}


@pytest.mark.parametrize("network", NETWORK_KEYS)
def test_every_post_is_there_once_with_the_numbers_of_the_sandbox(staged: Staged, network: str) -> None:
    timeline, found = staged.sandbox.timeline, counted(staged, network)
    wanted = {post.id: told(network, timeline.counts(post, staged.now)) for post in staged.posts(network)}
    if network == "youtube":  # the reports with the shares are two days behind
        seen = staged.now - timedelta(hours=48)
        for post in staged.posts(network):
            late = timeline.counts(post, seen).shares if post.created_at < seen else None
            wanted[post.id]["shares"] = late
    assert len(wanted) > DAYS
    assert found == wanted


@pytest.mark.parametrize("network", NETWORK_KEYS)
def test_posts_have_the_words_kind_and_time_they_were_made_with(staged: Staged, network: str) -> None:
    rows = staged.warehouse.rows(
        f"SELECT external_id, text, kind, published_at FROM lake.staging.stg_{network}__posts "
        "WHERE account_id <> 'mad'"
    )
    assert len(rows) == len(staged.posts(network))
    found = {row[0]: row[1:] for row in rows}
    for post in staged.posts(network):
        text, kind, at = found[post.id]
        assert text.startswith(post.text.split(" https://")[0][:140])  # X has addresses of its own
        assert kind in kinds(network, post)
        assert abs(at - post.created_at) < timedelta(seconds=1)


def kinds(network: str, post: Post) -> set[str]:
    """What a post of the sandbox may be called; two networks' own answers do not tell photos from words."""
    carousels = ("instagram", "pinterest", "threads")
    own = {
        "album": {"carousel"} if network in carousels else {"photo"},
        "reel": {"video"},
        "short": {"video"},
    }
    bare = network in ("bluesky", "mastodon")
    return own.get(post.kind, {post.kind}) | ({"status", "link"} if bare else set())


@pytest.mark.parametrize("network", NETWORK_KEYS)
def test_followers_are_those_of_the_sandbox(staged: Staged, network: str) -> None:
    wanted = staged.sandbox.timeline.followers(staged.account(network), staged.now)
    assert wanted is not None
    if network == "youtube":
        wanted -= wanted % 10 ** max(len(str(wanted)) - 3, 0)  # three digits
    found = staged.warehouse.rows(
        f"SELECT account_name, followers FROM lake.staging.stg_{network}__accounts WHERE account_id <> 'mad'"
    )
    assert found == [(BRAND, wanted)]


@pytest.mark.parametrize(
    ("network", "metric", "day", "column"),
    [
        ("facebook", "page_media_view", ENDING, "views"),
        ("instagram", "views", ENDING, "views"),
        ("instagram", "reach", ENDING, "reach"),
        ("instagram", "follows_and_unfollows.NON_FOLLOWER", ENDING, "unfollows"),
        ("threads", "views", ENDING, "views"),
        ("threads", "likes", ENDING, "reactions"),
        ("linkedin", "totalShareStatistics.impressionCount", "date", "views"),
        ("linkedin", "followerGains.organicFollowerGain", "date", "follows"),
        ("pinterest", "IMPRESSION", "date", "views"),
    ],
)
def test_days_are_those_of_the_sandbox(
    staged: Staged, network: str, metric: str, day: str, column: str
) -> None:
    wanted = staged.days(staged.account(network), column)
    found = daily(staged, network, metric, day)
    shared = sorted(set(wanted) & set(found))
    assert len(shared) >= DAYS - 3, (wanted, found)
    assert {each: found[each] for each in shared} == {each: wanted[each] for each in shared}
    assert not set(found) - set(wanted) - {min(wanted) - timedelta(days=1)}


def daily(staged: Staged, network: str, metric: str, day: str) -> dict[date, float]:
    """A metric's days as staging has them."""
    return dict(staged.warehouse.rows(DAILY.format(network=network, metric=metric, day=day)))


def test_youtube_s_days_are_pacific_and_come_late(staged: Staged) -> None:
    pacific = replace(staged.account("youtube"), timezone="America/Los_Angeles")
    wanted = staged.days(pacific, "reactions")
    found = daily(staged, "youtube", "likes", "date")
    today = staged.now.astimezone(pacific.zone).date()
    assert max(found) in (today - timedelta(days=3), today - timedelta(days=4))
    assert found == {day: value for day, value in wanted.items() if day <= max(found)}


def test_who_follows_adds_up_to_the_shares_of_the_sandbox(staged: Staged) -> None:
    def parts(network: str, dimension: str) -> dict[str, float]:
        query = (
            f"SELECT segment, value FROM lake.staging.stg_{network}__demographics "
            f"WHERE dimension = '{dimension}' AND metric <> 'engagedViews' AND account_id <> 'mad'"
        )
        return dict(staged.warehouse.rows(query))

    followers = staged.sandbox.timeline.followers(staged.account("instagram"), staged.now) or 0
    assert parts("instagram", "gender") == {
        "F": int(followers * 0.52), "M": int(followers * 0.41), "U": int(followers * 0.06)
    }  # fmt: skip
    assert set(parts("threads", "country")) == {"US", "DE", "JP", "GB", "BR", "IN"}
    assert set(parts("facebook", "country")) >= {"US", "DE"}
    assert parts("youtube", "ageGroup,gender")["age25-34,female"] == 19.6
    assert set(parts("linkedin", "staffCountRange")) == {"SIZE_2_TO_10", "SIZE_11_TO_50"}


def test_every_column_is_described(staged: Staged) -> None:
    assert staged.warehouse.columns("staging") == staged.warehouse.described("staging")


def test_every_metric_that_is_staged_is_in_the_catalogue(staged: Staged) -> None:
    """A metric that comes in parts is described as a whole or part by part."""
    described: dict[tuple[str, str], set[str]] = {}
    for each in catalogue.catalogue():
        described.setdefault((each.network, each.subject.value), set()).add(each.native_name)
    tables = staged.warehouse.rows(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'staging' "
        "AND (table_name LIKE '%\\_metrics' ESCAPE '\\' OR table_name LIKE '%\\_demographics' ESCAPE '\\')"
    )
    assert len(tables) == 18
    for (table,) in tables:
        network, _, entity = table.removeprefix("stg_").partition("__")
        known = described[network, "post" if entity == "post_metrics" else "account"]
        names: set[Any] = {
            row[0]
            for row in staged.warehouse.rows(
                f"SELECT DISTINCT metric FROM lake.staging.{table} WHERE account_id <> 'mad'"
            )
        }
        unknown = {name for name in names if name not in known and name.partition(".")[0] not in known}
        assert not unknown, table


@pytest.mark.parametrize("network", NETWORK_KEYS)
def test_answers_that_are_none_give_no_number(staged: Staged, network: str) -> None:
    """They were read: a build that reads them succeeds, which the fixture's did."""
    landed = staged.warehouse.rows(
        f"SELECT count(*) FROM lake.raw.answers WHERE account_id = 'mad' AND network = '{network}'"
    )
    assert landed[0][0] >= 2 * len(MAD)
    counters = f"coalesce({', '.join(COUNTERS)})"
    numbers = {"posts": (counters, "published_at"), "accounts": ("followers",), "post_metrics": ("value",)}
    for entity, columns in numbers.items():
        if staged.has(f"stg_{network}__{entity}"):
            for column in columns:
                query = f"SELECT {column} FROM lake.staging.stg_{network}__{entity} WHERE account_id = 'mad'"
                assert {row[0] for row in staged.warehouse.rows(query)} <= {None}, (entity, column)
