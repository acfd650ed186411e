"""Charts show what is known, as vectors and text."""

from __future__ import annotations

import re
from datetime import date

import polars as pl

from reporting.charts import engagement_chart, follower_panels, month_days
from tests.reporting.data import MONTH, daily_rows

COLOURS = {"Facebook": "#0f766e", "X": "#0072b2"}


def line_pieces(svg: str, colour: str) -> int:
    """How many separate strokes the line of this colour is made of."""
    paths = re.findall(rf'<path [^>]*?d="([^"]*)"[^>]*stroke="{colour}"', svg)
    return sum(path.count("M") for path in paths if "L" in path)


def test_line_has_a_gap_where_followers_are_unknown() -> None:
    facebook, x = follower_panels(daily_rows(), MONTH, COLOURS, 240, 120)
    assert line_pieces(facebook.svg, "#0f766e") == 1
    assert line_pieces(x.svg, "#0072b2") == 2


def test_panel_knows_its_ends() -> None:
    _, x = follower_panels(daily_rows(), MONTH, COLOURS, 240, 120)
    assert (x.first, x.first_day, x.last, x.last_day) == (201, date(2026, 11, 1), 230, date(2026, 11, 30))


def test_network_total_is_unknown_while_one_account_is() -> None:
    rows = daily_rows().with_columns(network=pl.lit("X"))
    (x,) = follower_panels(rows, MONTH, {"X": "#0072b2"}, 240, 120)
    assert line_pieces(x.svg, "#0072b2") == 2
    assert x.first == 1003 + 201


def test_network_never_known_has_no_ends() -> None:
    rows = daily_rows().with_columns(followers=pl.lit(None, dtype=pl.Int64))
    (panel,) = follower_panels(rows, MONTH, {"X": "#0072b2"}, 240, 120)
    assert (panel.first, panel.last) == (None, None)


def test_engagement_marks_days_not_wholly_known() -> None:
    svg = engagement_chart(daily_rows(), MONTH, COLOURS, 490, 150)
    assert len(re.findall(r">–</text>", svg)) == 3
    assert len(re.findall(r'role="graphics-symbol"[^>]*fill="#0072b2"|fill="#0072b2"', svg)) >= 27
    without_last_day = daily_rows().filter(pl.col("date") < date(2026, 11, 30))
    assert len(re.findall(r">–</text>", engagement_chart(without_last_day, MONTH, COLOURS, 490, 150))) == 4


def test_text_stays_text_in_the_reports_font() -> None:
    svg = engagement_chart(daily_rows(), MONTH, COLOURS, 490, 150)
    assert "Source Sans Pro" in svg
    assert ">29</text>" in svg


def test_month_days() -> None:
    assert len(month_days(date(2028, 2, 14))) == 29
