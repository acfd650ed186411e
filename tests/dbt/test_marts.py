"""From raw answers with the odd cases of both networks to the marts, through one real build."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from platforms.contract import Entity
from tests.dbt.lakes import Warehouse, facebook_post, series, utc, warehouse, x_post, x_user

VIEWS = "post_media_view"
REACH = "post_total_media_view_unique"


@pytest.fixture(scope="module")
def marts(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """A built lake: a page of two organizations in New York, where clocks changed on 8 March; X in Berlin."""
    with warehouse(server_url, tmp_path_factory.mktemp("marts")) as lake:
        land_pages(lake)
        land_x(lake)
        lake.build()
        yield lake


def land_pages(lake: Warehouse) -> None:
    ny = lake.account("ny", "facebook", "America/New_York", organization="first", external_id="100")
    other = lake.account("other", "facebook", "America/New_York", organization="second", external_id="100")
    before = facebook_post("100_1", "2026-03-08T04:30:00", reactions=10, comments=2, shares=1)
    again = before | {"reactions": {"summary": {"total_count": 12}}}
    silent = facebook_post("100_2", "2026-03-08T07:30:00", reactions=3, insights={})
    lake.land(ny, Entity.POSTS, "2026-03-10T14:05", {"data": [before, silent]})
    lake.land(ny, Entity.POSTS, "2026-03-10T14:06", {"data": [again]})  # the same hour, listed again
    seen = {VIEWS: 200, REACH: 150, "post_clicks": 4}
    revised = facebook_post("100_1", "2026-03-08T04:30:00", reactions=9, comments=2, shares=1, insights=seen)
    lake.land(ny, Entity.POSTS, "2026-03-11T03:30", {"data": [revised]})  # still 10 March in New York
    unasked = facebook_post("100_3", "2026-03-09T12:00:00", status_type="added_photos")
    lake.land(ny, Entity.POSTS, "2026-03-11T14:00", {"data": [unasked]}, fields="id,message,created_time")
    lake.land(ny, Entity.POSTS, "2026-03-11T15:00", {"error": {"code": 4}}, status=400)
    lake.land(ny, Entity.POSTS, "2026-03-11T16:00", "<html>not JSON</html>")
    theirs = facebook_post("100_1", "2026-03-08T04:30:00", reactions=99)
    lake.land(other, Entity.POSTS, "2026-03-11T14:00", {"data": [theirs]})

    lake.land(ny, Entity.ACCOUNT, "2026-03-10T14:00", {"id": "100", "followers_count": 1011})
    # Ends of 6, 7 and 9 March; 8 March, the day of 23 hours, is missing.
    follows = series(
        "page_follows", {"2026-03-07T05:00": 1000, "2026-03-08T05:00": 1003, "2026-03-10T04:00": 1007}
    )
    views = series("page_media_view", {"2026-03-08T05:00": 520, "2026-03-10T04:00": 0})
    lake.land(ny, Entity.ACCOUNT_METRICS, "2026-03-10T14:00", {"data": [follows, views]})
    late = series("page_media_view", {"2026-03-08T05:00": 520, "2026-03-10T04:00": 130})
    lake.land(ny, Entity.ACCOUNT_METRICS, "2026-03-11T14:00", {"data": [late]})


def land_x(lake: Warehouse) -> None:
    berlin = lake.account("berlin", "x", "Europe/Berlin", organization="first", external_id="900")
    tweet = x_post(
        "1", "2026-03-09T22:30:00", retweet_count=3, quote_count=1, reply_count=2, like_count=4,
        bookmark_count=9, impression_count=200,
    )  # fmt: skip
    post = x_post("2", "2026-03-09T23:30:00", repost_count=1, like_count=0, impression_count=0)
    lake.land(berlin, Entity.POSTS, "2026-03-10T14:00", {"data": [tweet, post]})
    lake.land(berlin, Entity.ACCOUNT, "2026-03-09T23:30", x_user(50))
    lake.land(berlin, Entity.ACCOUNT, "2026-03-11T10:00", x_user(52))
    lake.land(berlin, Entity.ACCOUNT, "2026-03-13T10:00", x_user(51))


def march(day: int) -> date:
    return date(2026, 3, day)


def test_posts_have_the_day_of_their_accounts_zone(marts: Warehouse) -> None:
    found = marts.rows("SELECT post_key, published_date, kind FROM lake.marts.dim_posts ORDER BY post_key")
    assert found == [
        ("berlin:1", march(9), "status"),  # 23:30 in Berlin
        ("berlin:2", march(10), "status"),  # 00:30 in Berlin
        ("ny:100_1", march(7), "status"),  # 23:30 before the clocks changed
        ("ny:100_2", march(8), "status"),  # 03:30 after
        ("ny:100_3", march(9), "photo"),
        ("other:100_1", march(7), "status"),
    ]


def test_a_post_is_known_from_its_first_to_its_last_sighting(marts: Warehouse) -> None:
    found = marts.rows(
        "SELECT first_observed_at, last_observed_at FROM lake.marts.dim_posts WHERE post_key = 'ny:100_1'"
    )
    assert found == [(utc("2026-03-10T14:06"), utc("2026-03-11T03:30"))]


def test_the_days_newest_counters_win_even_when_lower(marts: Warehouse) -> None:
    found = marts.rows(
        "SELECT post_key, date, reactions, views, engagement FROM lake.marts.fct_post_metrics_daily "
        "WHERE account_id = 'ny' ORDER BY post_key, date"
    )
    assert found == [
        ("ny:100_1", march(10), 9, 200, 12),
        ("ny:100_2", march(10), 3, None, 3),
        ("ny:100_3", march(11), None, None, None),
    ]


def test_absent_shares_are_none_only_where_they_were_asked_for(marts: Warehouse) -> None:
    query = "SELECT post_key, shares, comments FROM lake.marts.engagement WHERE account_id = 'ny' ORDER BY 1"
    assert marts.rows(query) == [("ny:100_1", 1, 2), ("ny:100_2", 0, None), ("ny:100_3", None, None)]


def test_rates_say_by_what_and_stay_unknown_with_their_parts(marts: Warehouse) -> None:
    found = marts.rows(
        "SELECT post_key, engagement_rate_by_views, engagement_rate_by_reach, engagement_rate_by_followers, "
        "age_hours FROM lake.marts.engagement ORDER BY post_key"
    )
    assert found == [
        ("berlin:1", 10 / 200, None, None, 15.5),
        ("berlin:2", None, None, 1 / 50, 14.5),
        ("ny:100_1", 12 / 200, 12 / 150, 12 / 1003, 71.0),
        ("ny:100_2", None, None, 3 / 1003, pytest.approx(54.0 + 35 / 60)),
        ("ny:100_3", None, None, None, 50.0),
        ("other:100_1", None, None, None, 81.5),
    ]


def test_a_missing_insight_day_is_absent_and_zero_is_not(marts: Warehouse) -> None:
    found = marts.rows(
        "SELECT date, followers, views, reach FROM lake.marts.fct_account_metrics_daily "
        "WHERE account_id = 'ny' ORDER BY date"
    )
    assert found == [
        (march(6), 1000, None, None),
        (march(7), 1003, 520, None),
        (march(9), 1007, 130, None),  # first told as 0, revised the day after
        (march(10), 1011, None, None),  # still running: the page's own count
    ]


def test_growth_shows_the_gap_and_does_not_bridge_it(marts: Warehouse) -> None:
    query = (
        "SELECT date, followers, net_change, is_gap FROM lake.marts.follower_growth WHERE account_id = '{}'"
    )
    assert marts.rows(query.format("ny") + " ORDER BY date") == [
        (march(6), 1000, None, False),
        (march(7), 1003, 3, False),
        (march(8), None, None, True),
        (march(9), 1007, None, False),
        (march(10), 1011, 4, False),
    ]
    assert marts.rows(query.format("berlin") + " ORDER BY date") == [
        (march(10), 50, None, False),  # counted at 00:30 in Berlin
        (march(11), 52, 2, False),
        (march(12), None, None, True),
        (march(13), 51, None, False),
    ]


def test_both_naming_families_of_x_are_read(marts: Warehouse) -> None:
    found = marts.rows(
        "SELECT post_key, views, reactions, comments, shares, engagement FROM lake.marts.engagement "
        "WHERE network = 'x' ORDER BY post_key"
    )
    assert found == [("berlin:1", 200, 4, 2, 4, 10), ("berlin:2", 0, 0, None, 1, 1)]


def test_channels_are_compared_by_the_month(marts: Warehouse) -> None:
    found = marts.rows(
        "SELECT account_id, network, posts, engagement, views, posts_with_views, followers "
        "FROM lake.marts.channel_comparison ORDER BY account_id"
    )
    assert found == [
        ("berlin", "x", 2, 11, 200, 2, 51),
        ("ny", "facebook", 3, 15, 200, 1, 1011),
        ("other", "facebook", 1, 99, None, 0, None),
    ]


def test_what_was_asked_for_last_says_how_fresh_an_account_is(marts: Warehouse) -> None:
    found = marts.rows(
        "SELECT account_id, last_observed_at, last_complete_day, posts_status, account_metrics_status "
        "FROM lake.marts.data_freshness ORDER BY account_id"
    )
    assert [row[0] for row in found] == ["berlin", "ny", "other"]
    assert found[1][1:] == (utc("2026-03-11T16:00"), march(10), "late", "late")


def test_one_page_in_two_organizations_is_kept_apart(marts: Warehouse) -> None:
    found = marts.rows(
        "SELECT organization_id, reactions FROM lake.marts.engagement "
        "WHERE post_key LIKE '%:100_1' ORDER BY organization_id"
    )
    assert found == [("first", 9), ("second", 99)]


def test_every_column_of_every_mart_is_described(marts: Warehouse) -> None:
    assert marts.columns("marts") == marts.described("marts")
