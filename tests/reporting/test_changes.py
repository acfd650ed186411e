"""A definition that changed is told in a report, and nothing is added up or compared across it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from reporting.charts import engagement_chart, follower_panels
from reporting.data import Change, Kpi
from reporting.document import document
from reporting.gather import changes, headlines
from reporting.monthly import write_report
from tests.reporting.data import MONTH, daily_rows, make_report, words

COLOURS = {"Facebook": "#0f766e", "X": "#0072b2"}
DAY = date(2026, 11, 20)
FOLLOWERS = Change(DAY, "X", "followers", "Followers on X changed on 20 Nov 2026: it counts others.")
ENGAGEMENT = Change(DAY, "X", "engagement", "Shares on X changed on 20 Nov 2026: reposts count.")


def accounts(views: list[int | None]) -> pl.DataFrame:
    return pl.DataFrame({
        "account_id": ["a", "b"], "network": ["youtube", "x"], "views": views, "followers": [10, 20],
        "engagement": [1, 2], "posts": [1, 1],
    })  # fmt: skip


def test_no_headline_is_compared_across_a_change() -> None:
    found = headlines(accounts([None, 7]), accounts([9, 6]), date(2026, 7, 1), date(2026, 8, 31))
    followers, views, engagement, _ = found
    assert (followers.value, followers.previous, followers.broken) == (30, 30, "")
    assert (views.value, views.previous) == (7, None)
    assert views.broken == "n/a: views on YouTube changed on 24 Aug 2026"
    assert engagement.previous == 3


def test_the_month_knows_its_changes() -> None:
    (found,) = changes({"youtube"}, date(2026, 8, 1), date(2026, 8, 31))
    assert (found.day, found.network, found.metric) == (date(2026, 8, 24), "YouTube", "views")
    assert changes({"youtube"}, date(2026, 9, 1), date(2026, 9, 30)) == ()


def test_a_dashed_line_stands_on_the_day() -> None:
    plain = engagement_chart(daily_rows(), MONTH, COLOURS, 400, 120)
    marked = engagement_chart(daily_rows(), MONTH, COLOURS, 400, 120, [ENGAGEMENT])
    assert "stroke-dasharray" in marked
    assert "stroke-dasharray" not in plain


def test_growth_of_a_panel_begins_anew() -> None:
    facebook, x = follower_panels(daily_rows(), MONTH, COLOURS, 240, 120, [FOLLOWERS])
    assert (x.first, x.first_day) == (220, DAY)
    assert facebook.first_day == date(2026, 11, 1)
    assert "stroke-dasharray" in x.svg
    assert "stroke-dasharray" not in facebook.svg


def test_the_page_tells_of_changes_and_of_who_waits(tmp_path: Path) -> None:
    report = make_report(
        totals=[Kpi("Views", None, None, broken="n/a: views on X changed on 20 Nov 2026")],
        changes=(ENGAGEMENT,),
        remarks=("@harbour: its newest numbers wait.",),
    )
    contents, _ = document(report)
    assert contents["totals"][0]["value"] == "n/a"
    text = words(write_report(report, tmp_path).pdf)
    assert "views on X changed on 20 Nov 2026" in text
    assert "reposts count" in text
    assert "its newest numbers wait" in text
