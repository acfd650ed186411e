"""Content and Channels: what they say, and what they keep quiet about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from app.insights import asking, facets, heat
from app.insights.growth_table import growth_table
from app.insights.months import MEASURES, months_chart, months_table
from app.insights.posts_table import posts_table
from app.views import charts
from app.views.accounts_table import accounts_table
from app.views.times import Period
from app.views.totals import explanation, total
from foundation.settings import Settings
from tests.app.pages import OpenPage, said
from tests.app.test_views import AT, BEFORE, TOKYO
from tests.app.world import released_world
from warehouse import lake
from warehouse.catalogue import Break, Subject
from warehouse.releases import release, start_build

CHANGED = Break(
    network="facebook", subject=Subject.POST, metric="views", date=date(2026, 11, 3), note="Counts <others>."
)
WHY = "views on Facebook changed on 3 Nov 2026"


def overview(**changes: Any) -> pl.DataFrame:
    row = {"account_id": "a", "views": 100, "views_previous": 80, "views_break": None, **changes}
    return pl.DataFrame([row], schema_overrides={"views_break": pl.String})


def test_posts_are_compared_at_the_same_age_where_it_is_known() -> None:
    found = total(overview(views_at_age=50, views_at_age_previous=40), "views")
    assert (found.value, found.at_age) == (100, True)
    assert found.change == pytest.approx(0.25)
    assert explanation(found, "views", BEFORE, "7 days") == "vs 28 days before, posts at 7 days"
    unknown = total(
        overview(views_at_age=50, views_at_age_previous=None).cast({"views_at_age_previous": pl.Int64}),
        "views",
    )
    assert unknown.change == pytest.approx(0.25)
    assert explanation(unknown, "views", BEFORE, "7 days") == "vs 28 days before, as counted now"


def test_a_break_is_named_in_place_of_the_number() -> None:
    gone = total(overview(views=None, views_previous=None, views_break=WHY), "views")
    assert explanation(gone, "views", BEFORE) == f"n/a: {WHY}"
    crossed = total(overview(views_previous=None, views_break=WHY), "views")
    assert crossed.value == 100
    assert explanation(crossed, "views", BEFORE) == f"not compared: {WHY}"
    one_of_two = pl.concat([
        overview(views=None, views_previous=None, views_break=WHY).cast(dict.fromkeys(
            ("views", "views_previous"), pl.Int64
        )),
        overview(account_id="b"),
    ])  # fmt: skip
    assert explanation(total(one_of_two, "views"), "views", BEFORE).endswith(f"1 of 2 accounts ({WHY})")


def test_the_table_says_why_there_is_no_number_and_who_waits() -> None:
    row = {
        **{f"{name}{end}": 1 for name in ("followers", "views", "posts") for end in ("", "_previous")},
        "engagement": 10, "engagement_previous": 99, "engagement_at_age": 6, "engagement_at_age_previous": 5,
        "views": None, "views_break": WHY, "account_name": "A", "brand_name": "A", "network": "facebook",
        "status": "connected", "last_observed_at": AT, "is_waiting": True,
    }  # fmt: skip
    html = accounts_table(pl.DataFrame([row]), TOKYO)
    assert f'title="n/a: {WHY}">n/a' in html
    assert "+20.0 %" in html
    assert 'href="/data-health"' in html


def test_a_line_stands_on_the_day_of_a_break() -> None:
    period = Period(date(2026, 11, 1), date(2026, 11, 4))
    days = [period.start + timedelta(days=number) for number in range(4)]
    daily = pl.DataFrame({
        "account_id": "1", "account": "Page", "network": "facebook", "date": days,
        "followers": [100, 110, 200, 210],
    })  # fmt: skip
    figure = charts.followers(daily, period, growth=True, broken=[CHANGED])
    assert figure.data[0].y == pytest.approx((0, 10, 0, 5))  # begun anew, not twice the followers
    charts.mark(figure, [CHANGED])
    assert figure.layout.shapes[0].x0 == CHANGED.date
    assert WHY in figure.layout.annotations[0].hovertext


def facet(name: str, value: str, compared: int, index: float | None) -> dict[str, Any]:
    return {
        "facet": name, "value": value, "position": 0, "posts": compared + 1, "compared": compared,
        "index": index, "above": compared,
    }  # fmt: skip


def test_a_finding_needs_posts_a_difference_and_something_to_differ_from() -> None:
    found = pl.DataFrame([
        facet("kind", "video", 6, 1.6), facet("kind", "<photo>", 30, 0.9), facet("kind", "link", 4, 9.0),
        facet("hashtags", "none", 40, 1.05), facet("hashtags", "1 or 2", 40, 1.0),
        facet("media", "1", 40, 2.0), facet("label", "spring", 5, 1.2),
    ])  # fmt: skip
    assert [(each.value, each.index) for each in facets.findings(found)] == [
        ("Video", "1.6 ×"),
        ("Spring", "1.2 ×"),
    ]
    html = facets.bars(found.filter(facet="kind"))
    assert "&lt;photo&gt;" in html
    assert html.index("link") < html.index("video")  # the best first
    assert "too few posts to tell" in html


def test_an_hour_without_posts_is_empty() -> None:
    slot = {**facet("slot", "1 9", 3, 1.4), "position": 24 + 9}
    (squares,) = heat.hours(pl.DataFrame([slot])).data
    assert squares.z[0][9] == 1.4
    assert sum(value is not None for day in squares.z for value in day) == 1


def month(number: int, engagement: int | None, broken: list[str]) -> dict[str, Any]:
    return {
        "account_id": "a", "account_name": "<A>", "brand_name": "B", "network": "facebook",
        "month": date(2026, number, 1), "engagement": engagement, "broken_metrics": broken,
    }  # fmt: skip


def test_a_month_with_a_break_has_no_number_and_no_point() -> None:
    months = pl.DataFrame([month(7, 5, []), month(8, 900, ["shares"]), month(9, None, ["views"])])
    measure = MEASURES["Engagement"]
    (line,) = months_chart(months, measure, date(2026, 10, 1)).data
    assert list(line.y) == [5, None, None]
    html = months_table(months, measure, date(2026, 10, 1))
    assert html.count(">n/a<") == 1
    assert "900" not in html
    assert "&lt;A&gt;" in html


def test_a_month_that_is_not_over_is_no_fall() -> None:
    months = pl.DataFrame([month(9, 50, []), month(10, 3, [])])
    line, so_far = months_chart(months, MEASURES["Engagement"], date(2026, 10, 1)).data
    assert list(line.y) == [50, None]
    assert (list(so_far.y), so_far.marker.symbol) == ([3], "circle-open")
    assert "Oct 2026 so far" in months_table(months, MEASURES["Engagement"], date(2026, 10, 1))


def test_of_many_accounts_a_chart_shows_the_largest_and_says_so() -> None:
    frame = pl.DataFrame({
        "account_id": [f"{number:02}" for number in range(20)] * 2,
        "followers": [None, *range(19), *range(20)],
    })  # fmt: skip
    drawn = charts.largest(frame, "followers")
    assert set(drawn["account_id"]) == {f"{number:02}" for number in range(12, 20)}
    assert charts.drawn_of(drawn, frame) == "The 8 highest of 20 accounts; the table has all."
    assert charts.drawn_of(drawn, drawn) is None


def test_growth_across_a_break_is_not_told() -> None:
    row = {
        "account_name": "A", "brand_name": "A", "network": "facebook", "followers_first": 100,
        "followers_last": 90, "known_days": 27, "gained": None, "gained_days": 0, "lost": None,
        "annualised_rate": 0.5,
    }  # fmt: skip
    html = growth_table(pl.DataFrame([row]), 28)
    assert "−10" in html
    assert "known on 27 of 28 days" in html
    assert "not told for these days" in html
    broken = growth_table(pl.DataFrame([row]), 28, {"facebook"})
    assert broken.count(">n/a<") == 2
    assert "−10" not in broken


def test_a_post_links_to_the_web_alone() -> None:
    row = {
        "text": "<b>Hi</b>", "permalink": "javascript:alert(1)", "network": "x", "account_name": "A",
        "kind": "photo", "published_at": AT, "timezone": "Asia/Tokyo", "index": None, "engagement_7d": None,
        "engagement": 3, "views": 1234, "engagement_rate_by_views_7d": 0.0123, "is_deleted": False,
    }  # fmt: skip
    html = posts_table(pl.DataFrame([row]))
    assert "javascript" not in html
    assert "&lt;b&gt;" in html
    assert "1.23 %" in html
    assert "1,234" in html
    assert "Engagement, 7 days" not in html  # of no post here
    linked = {**row, "permalink": "https://example.com/1"}
    assert "example.com" in posts_table(pl.DataFrame([linked]))
    gone = posts_table(pl.DataFrame([{**linked, "is_deleted": True}]))
    assert "deleted there" in gone
    assert "example.com" not in gone


def test_content_and_channels_show_the_release(settings: Settings, open_page: OpenPage) -> None:
    released_world(settings)
    content = open_page("content")
    assert not content.exception
    assert "release 1" in said(content)
    assert "Best posts of 112" in said(content)
    assert "Hour of the week" in said(content)
    channels = open_page("channels")
    assert not channels.exception
    assert "release 1" in said(channels)
    assert "At this pace" in said(channels)
    for measure in MEASURES:
        channels.button_group(key="channels_measure").set_value(measure).run()
        assert not channels.exception, measure


def test_a_page_turns_to_another_release_and_says_which(settings: Settings, open_page: OpenPage) -> None:
    released_world(settings)
    test = open_page("channels")
    with lake.connect(settings) as connection:
        connection.execute("UPDATE lake.marts.follower_growth SET followers = 12345")
        assert "12,345" not in said(test.run())  # written, not released
        start_build("run-2")
        release("run-2", lake.current_snapshot(connection))
    assert "release 2" in said(test.run())
    assert "12,345" in said(test)
    asks = "import streamlit as st\nfrom app.insights import asking\n"
    asks += "if not st.toggle('Elsewhere', key='elsewhere'):\n    asking.asked('Numbers')"
    test = AppTest.from_string(asks, default_timeout=60).run()
    days = (date(2026, 2, 3), date(2026, 2, 9))
    test.button_group(key="overview_period").set_value(asking.CUSTOM).run()
    test.date_input(key="overview_days").set_value(days).run()
    for elsewhere in (True, False):  # the choice is kept from one page to the next
        test.toggle(key="elsewhere").set_value(elsewhere).run()
    assert test.date_input(key="overview_days").value == days


GUARDED = "import streamlit as st\nfrom app.views import failing\nwith failing.told():\n    {}"


def test_what_can_not_be_drawn_is_told_in_words(caplog: pytest.LogCaptureFixture) -> None:
    stopped = AppTest.from_string(GUARDED.format("st.stop()")).run()
    assert not said(stopped)  # no error
    broken = AppTest.from_string(GUARDED.format("raise ValueError('sec' + 'ret')")).run()
    assert "Something went wrong on our side" in said(broken)
    assert not broken.exception
    assert "ValueError" in caplog.text
    assert "secret" not in said(broken) + caplog.text


def test_what_a_release_has_not_is_said_with_what_to_do(settings: Settings, open_page: OpenPage) -> None:
    released_world(settings)
    with lake.connect(settings) as connection:
        connection.execute("DELETE FROM lake.marts.content_performance")
        connection.execute("DROP TABLE lake.marts.follower_growth")
        start_build("run-2")
        release("run-2", lake.current_snapshot(connection))
    test = open_page("content")
    assert not test.exception
    assert "No posts in these days" in said(test)
    # A release from before there was a mart, as after an update or a way back.
    test = AppTest.from_string(
        GUARDED.format("from app.pages import channels; channels.page()"), default_timeout=60
    ).run()
    assert not test.exception
    assert "released by another version of AllIN" in said(test)
    assert "follower_growth" not in said(test)
