"""The macros that read networks' own notations, rendered from their file and run in DuckDB."""

from __future__ import annotations

import string
from datetime import UTC, date, datetime, time, timedelta
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from foundation.settings import REPOSITORY
from platforms.linkedin.text import little


def macros(name: str) -> Any:
    """The macros of a file of dbt/macros; those of dbt itself and of other files stay unknown."""
    template = Environment(autoescape=False).from_string(  # noqa: S701 - SQL
        (REPOSITORY / f"dbt/macros/{name}.sql").read_text()
    )
    return template.module


STAGING, TIME = macros("staging"), macros("time")
CONNECTION = duckdb.connect(config={"autoinstall_known_extensions": False})
no_deadline = settings(deadline=None)  # the first use of a zone loads it
# Letters of several scripts, and everything that either notation treats in its own way.
WORDS = st.text(
    st.sampled_from(string.ascii_letters + "äß日本☕ \n.,;:!?-'\"/\\|{}@[]()<>#*_~&" + "＃"), max_size=40
)


def run(macro: str, text: str | None) -> object:
    """What a macro of staging.sql says of a text."""
    expression = getattr(STAGING, macro)("said")
    row = CONNECTION.execute(
        f"SELECT {expression} FROM (SELECT CAST(? AS VARCHAR) AS said)", [text]
    ).fetchone()
    assert row is not None
    return row[0]


@no_deadline
@given(st.integers(0, 5), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_a_duration_is_its_seconds(days: int, hours: int, minutes: int, seconds: int) -> None:
    parts = [(days, "D"), (hours, "H"), (minutes, "M"), (seconds, "S")]
    written = [f"{number}{unit}" if number else "" for number, unit in parts]
    clock = "".join(written[1:])
    text = f"P{written[0]}{'T' + clock if clock else ''}"
    expected = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    assert run("iso_duration_s", text) == expected.total_seconds()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("P0D", 0.0),
        ("PT1.5S", 1.5),
        ("PT90M", 5400.0),
        ("P1M", None),
        ("4:13", None),
        ("", None),
        (None, None),
    ],
)
def test_only_durations_are_durations(text: str | None, seconds: float | None) -> None:
    assert run("iso_duration_s", text) == seconds


@no_deadline
@given(WORDS)
def test_little_text_is_shown_as_it_was_written(text: str) -> None:
    assume("\n" not in text)
    assert run("little_text", little(text)) == text


@no_deadline
@given(WORDS)
def test_html_is_shown_as_it_was_written(text: str) -> None:
    lines = escape(text).replace("\n\n", "</p><p>").replace("\n", "<br />")
    assert run("html_text", f"<p>{lines}</p>") == text


@no_deadline
@given(
    st.dates(date(2023, 1, 1), date(2027, 12, 31)),
    st.sampled_from(["America/New_York", "America/Sao_Paulo", "Europe/Berlin", "Asia/Kolkata", "Asia/Tokyo",
                     "Pacific/Auckland", "Pacific/Honolulu", "UTC"]),
)  # fmt: skip
def test_a_day_of_totals_is_the_one_that_began_in_it(since: date, zone: str) -> None:
    """The span is a day of UTC; the day is the account's that begins within it."""
    start = datetime.combine(since, time(), UTC)
    days = [since + timedelta(days=shift) for shift in (-1, 0, 1)]
    begun = [
        day
        for day in days
        if start <= datetime.combine(day, time(), ZoneInfo(zone)) < start + timedelta(days=1)
    ]
    moment = STAGING.day_begun_in("since")
    expression = TIME.day_ending(f"({moment})", "zone")
    row = CONNECTION.execute(
        f"SELECT {expression} FROM (SELECT ?::timestamptz AS since, ? AS zone)", [start, zone]
    ).fetchone()
    assert row is not None
    assert [row[0]] == begun
