"""The networks' own exports: each is known by its header, and its columns mean what they mean there."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.importing.reading import HANDLE, PAGE, read
from warehouse.importing.columns import COLUMNS, Kind
from warehouse.importing.presets import PRESETS, recognised
from warehouse.importing.rows import KINDS

FACEBOOK = """\
Post ID,Page ID,Page name,Title,Description,Duration (sec),Publish time,Caption type,Permalink,Is crosspost,\
Is share,Post type,Languages,Custom labels,Funded content status,Data comment,Date,Views,Reach,\
"Reactions, Comments and Shares",Reactions,Comments,Shares,Total clicks
122158,1048,Nordlicht,,New roast,0,07/24/2026 00:13,,https://www.facebook.com/1,0,0,Photos,,,,,Lifetime,\
"12,400",9100,27,20,5,2,31
122159,1048,Nordlicht,Brewing,,44,01/10/2026 08:31,,https://www.facebook.com/2,0,0,Reels,,,,,Lifetime,,,0,0,0,0,
"""
INSTAGRAM = """\
Post ID,Account ID,Account username,Account name,Description,Duration (sec),Publish time,Permalink,Post type,\
Data comment,Date,Views,Reach,Likes,Shares,Follows,Comments,Saves
18011,1784,nordlicht,Nordlicht,Chair test,44,10/03/2026 08:31,https://www.instagram.com/reel/a/,IG reel,,\
Lifetime,"12,400",9100,610,88,41,57,230
"""
X = """\
Post id,Date,Post text,Post Link,Impressions,Likes,Engagements,Bookmarks,Shares,New follows,Replies,Reposts,\
Profile visits,Detail Expands,URL Clicks,Hashtag Clicks,Permalink Clicks
1940000000000000000,"Tue, Jul 1, 2025",Fresh beans,https://x.com/n/status/1940000000000000000,"1,229",12,30,3,4,\
0,5,6,129,2,7,0,0
9,"Fri, Jun 5, 2026",@guest we are open,https://x.com/n/status/9,71,2,1,,,,,,,,,,
"""
TWITTER = """\
"Tweet id","Tweet permalink","Tweet text","time","impressions","engagements","engagement rate","retweets",\
"replies","likes","user profile clicks","url clicks"
"1226928883355791360","https://twitter.com/n/status/1","Look","2020-02-10 17:55 +0000","12500.0","430.0",\
"0.0344","12.0","8.0","210.0","3.0","45.0"
"""
LINKEDIN = """\
"Aggregated engagement of your posts between 11/1/2025 and 11/20/2026",,,,,,,,,,,,,,,,,,,
Post title,Post link,Post type,Campaign name,Posted by,Created date,Campaign start date,Campaign end date,\
Audience,Impressions,Views (Excluding offsite video views),Offsite Views,Clicks,Click through rate (CTR),\
Likes,Comments,Reposts,Follows,Engagement rate,Content Type
We hire,https://www.linkedin.com/feed/update/urn:li:activity:7300000000000000000,Organic,,A B,02/24/2025,,,\
All,812,,,34,0.0418,20,3,1,0,0.07,Document
"""
YOUTUBE = """\
Content,Video title,Video publish time,Duration,Likes,Dislikes,Shares,Comments added,Views,\
Watch time (hours),Subscribers,Impressions,Impressions click-through rate (%)
Total,,,,196,1,12,9,8542,927.5,140,138912,4.02
2q4TS4z4Rpk,"How we roast, part 1","Jan 6, 2024",2496,196,1,12,9,8542,927.58,140,138912,4.02
"""
TIKTOK = """\
Video title,Video link,Post time,Total likes,Total comments,Total shares,Total views,Average watch time,\
Add to favorites
Latte art,https://www.tiktok.com/@n/video/7412345678901234567,2024-09-08 19:05:00,640,12,9,"9,100",11.5,4
"""
PINTEREST = """\
Pinterest Analytics
Claimed accounts,All Pins

Pin ID,Title,Created date,Destination URL,Format,Impressions,Saves,Outbound clicks
123456789,Table,2026-05-01,https://example.com/t,Image,1500,40,12

Top boards
Board,Impressions
Kitchen,3
"""


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def only(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


COUNTED = ("impressions", "reach", "reactions", "comments", "shares", "saves", "clicks")


def test_facebook_posts_of_meta_business_suite(tmp_path: Path) -> None:
    found = read(tmp_path, FACEBOOK)
    first, second = found.rows
    assert (found.preset, found.problems) == ("meta_facebook", [])
    # The API's id begins with the page's, and the times are Pacific.
    assert only(first, "account_id", "post_id", "kind", "text") == (
        str(PAGE.id),
        "1048_122158",
        "photo",
        "New roast",
    )
    assert (first["published_at"], second["published_at"]) == (
        utc("2026-07-24T07:13"),
        utc("2026-01-10T16:31"),
    )
    assert only(first, *COUNTED) == (12_400, 9100, 20, 5, 2, None, 31)
    assert only(second, "kind", "text", *COUNTED) == ("video", "Brewing", None, None, 0, 0, 0, None, None)


def test_instagram_posts_of_meta_business_suite(tmp_path: Path) -> None:
    found = read(tmp_path, INSTAGRAM)
    assert (found.preset, found.problems) == ("meta_instagram", [])
    assert only(found.rows[0], "kind", "published_at", *COUNTED) == (
        "video", utc("2026-10-03T15:31"), 12_400, 9100, 610, 57, 88, 230, None,
    )  # fmt: skip


def test_posts_of_x_whose_moment_stands_in_their_id(tmp_path: Path) -> None:
    found = read(tmp_path, X, account="@Nordlicht")
    first, second = found.rows
    assert (found.preset, found.problems) == ("x", [])
    assert only(first, "account_id", "post_id", "kind") == (str(HANDLE.id), "1940000000000000000", "status")
    assert f"{first['published_at']:%Y-%m-%d %H:%M:%S}" == "2025-07-01 10:50:18"
    assert only(first, *COUNTED) == (1229, None, 12, 5, 6, 3, 7)
    # No moment in this one: noon on the account's clock, and that is told.
    assert only(second, "kind", "published_at") == ("reply", utc("2026-06-05T10:00"))
    assert found.notices == [
        "Line 3: The file tells the day of the post alone; noon on the account's clock is taken."
    ]


def test_tweets_of_before(tmp_path: Path) -> None:
    found = read(tmp_path, TWITTER, account="900")
    assert (found.preset, found.problems) == ("twitter", [])
    assert only(found.rows[0], "published_at", *COUNTED) == (
        utc("2020-02-10T17:55"), 12_500, None, 210, 8, 12, None, 45,
    )  # fmt: skip


def test_posts_of_a_linkedin_page_below_a_line_of_words(tmp_path: Path) -> None:
    found = read(tmp_path, LINKEDIN, account="Nordlicht GmbH")
    row = found.rows[0]
    assert (found.preset, found.problems) == ("linkedin", [])
    assert only(row, "post_id", "kind") == ("urn:li:activity:7300000000000000000", "document")
    assert row["published_at"].date() == date(2025, 2, 25)  # of the id, in UTC
    assert only(row, *COUNTED) == (812, None, 20, 3, 1, None, 34)


def test_videos_of_youtube_without_the_row_of_sums(tmp_path: Path) -> None:
    found = read(tmp_path, YOUTUBE, account="Nordlicht")
    assert (found.preset, found.problems, len(found.rows)) == ("youtube", [], 1)
    # Impressions there are of the thumbnail; noon in California, whose days these are.
    assert only(found.rows[0], "post_id", "kind", "published_at", *COUNTED) == (
        "2q4TS4z4Rpk", "video", utc("2024-01-06T20:00"), 8542, None, 196, 9, 12, None, None,
    )  # fmt: skip


def test_videos_of_tiktok(tmp_path: Path) -> None:
    found = read(tmp_path, TIKTOK, account="@n")
    assert (found.preset, found.problems) == ("tiktok", [])
    assert only(found.rows[0], "post_id", "kind", "published_at", *COUNTED) == (
        "7412345678901234567", "video", utc("2024-09-08T17:05"), 9100, None, 640, 12, 9, 4, None,
    )  # fmt: skip


def test_pins_of_pinterest_and_nothing_of_the_tables_below(tmp_path: Path) -> None:
    found = read(tmp_path, PINTEREST, account="nordlicht")
    assert (found.preset, found.problems, len(found.rows)) == ("pinterest", [], 1)
    assert only(found.rows[0], "post_id", "kind", "link", *COUNTED) == (
        "123456789", "photo", "https://example.com/t", 1500, None, None, None, None, 40, 12,
    )  # fmt: skip


def test_followers_of_tiktok_without_a_year(tmp_path: Path) -> None:
    text = '"Date","Followers","Difference in followers from previous day"\n'
    text += '"November 20","1,210","10"\n"November 21","1,200","3"\n'
    found = read(tmp_path, text, Kind.FOLLOWERS, account="@n")
    assert (found.preset, found.problems) == ("tiktok_followers", [])
    assert [only(row, "date", "followers") for row in found.rows] == [
        (date(2026, 11, 20), 1210), (date(2025, 11, 21), 1200),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (
            "Date,Sponsored followers,Organic followers,Auto-invited followers,Total followers",
            "new followers",
        ),
        ("Date,Impressions,Likes,Engagements,Bookmarks,Shares,New follows,Unfollows", "followed and left"),
        ("Pinterest Link,Content Type,Source,Canonical,Impressions", "when a Pin appeared"),
    ],
)
def test_what_is_no_count_or_has_no_day_is_refused_in_words(header: str, words: str) -> None:
    found = recognised(header.split(","))
    assert found is not None
    assert found.refused is not None
    assert words in found.refused


def test_presets_name_only_what_there_is() -> None:
    for one in PRESETS:
        names = {column.name for column in COLUMNS[one.kind]}
        assert set(one.columns) <= names, one.key
        assert {*one.kinds.values(), one.usual_kind or "status"} <= set(KINDS), one.key
