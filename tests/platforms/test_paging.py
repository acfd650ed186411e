"""Positions of a collection: what is kept as a cursor is read back the same, and slices leave no day out."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from platforms.facebook import paging
from platforms.facebook.paging import PostsPosition, SeriesPosition
from platforms.meta.positions import DAY_S, as_cursor, end_of
from platforms.x import paging as x

MOMENTS = st.datetimes(datetime(2006, 1, 1), datetime(2040, 1, 1), timezones=st.timezones())
NOW = datetime(2026, 11, 21, 2, 3, 4, tzinfo=UTC)


def slices(since: datetime | None, until: datetime) -> list[SeriesPosition]:
    found = [SeriesPosition.start(since, until, None)]
    while (following := found[-1].following(until)) is not None:
        found.append(following)
        assert len(found) < 1_000
    return found


@given(
    st.one_of(st.none(), st.integers(0, 2**40)),
    st.one_of(st.none(), st.text()),
    st.integers(1, 100),
    st.lists(st.sampled_from(paging.POST_METRICS), unique=True).map(tuple),
    st.booleans(),
)
def test_a_posts_cursor_reads_back(
    since: int | None, after: str | None, limit: int, metrics: tuple[str, ...], reels: bool
) -> None:
    position = PostsPosition(since, after, limit, metrics, reels)
    assert PostsPosition.start(NOW, as_cursor(position)) == position
    params = position.params()
    assert all(isinstance(value, str) for value in params.values())
    assert ("insights" in params["fields"]) is (bool(metrics) and not reels)


@given(st.one_of(st.none(), MOMENTS), MOMENTS)
def test_series_slices_cover_every_day_within_what_meta_answers(
    since: datetime | None, until: datetime
) -> None:
    found = slices(since, until)
    groups = len(paging.PAGE_METRIC_GROUPS)
    assert [position.group for position in found] == list(range(groups)) * (len(found) // groups)
    whole = found[::groups]
    for position in whole:
        assert 0 < position.until - position.since <= 90 * DAY_S
        assert position.since % DAY_S == 0
        assert SeriesPosition.start(None, NOW, as_cursor(position)) == position
    for one, other in itertools.pairwise(whole):
        assert one.since < other.since == one.until - DAY_S
    assert whole[-1].until == end_of(until)
    oldest = until - paging.KEPT
    wanted = max(since, oldest + timedelta(days=1)) if since else oldest + timedelta(days=1)
    assert whole[0].since <= wanted.timestamp() or (since is not None and since > until)
    assert whole[0].since >= oldest.timestamp()


@given(st.one_of(st.none(), MOMENTS), MOMENTS, st.one_of(st.none(), st.text()))
def test_an_x_cursor_reads_back_and_its_bounds_meet(
    since: datetime | None, until: datetime, token: str | None
) -> None:
    first = x.PostsPosition.start(since, until, None)
    position = replace(first, token=token)
    assert x.PostsPosition.start(None, NOW, x.as_cursor(position)) == position
    young = first.params()
    assert datetime.fromisoformat(young["start_time"]) >= until - timedelta(days=30)
    older = first.following({"meta": {"result_count": 0}})
    if older is None:
        assert since is not None
        assert young["start_time"] == x.written(since)
        return
    assert older.params()["end_time"] == young["start_time"]
    assert older.params().get("start_time") == (x.written(since) if since else None)
    assert "non_public" not in older.params()["tweet.fields"]
    assert older.following({"meta": {}}) is None


def test_two_years_are_asked_in_nine_slices() -> None:
    assert len(slices(None, NOW)) == 9 * len(paging.PAGE_METRIC_GROUPS)
    assert len(slices(NOW - timedelta(days=5), NOW)) == len(paging.PAGE_METRIC_GROUPS)


def test_an_empty_page_that_has_a_next_one_is_not_the_end() -> None:
    position = PostsPosition(None)
    document = {"data": [], "paging": {"cursors": {"after": "abc"}, "next": "https://graph.facebook.com/…"}}
    following = position.following(document)
    assert following is not None
    assert following.params()["after"] == "abc"
    ends: list[dict[str, Any]] = [{"data": [], "paging": {"cursors": {"after": "abc"}}}, {"data": []}]
    for last in ends:
        reels = position.following(last)
        assert reels == PostsPosition(None, reels=True), "after the posts come the reels"
        assert reels.following(last) is None
