from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.views import charts, notices, numbers, publications
from app.views.accounts_table import accounts_table
from app.views.times import (
    Period,
    day_span,
    last_days,
    moment,
    moment_with_utc,
    moments,
    zone_or_utc,
)
from app.views.totals import explanation, known_sum, total
from publishing.listing import PublicationView
from publishing.states import State
from warehouse.releases import Build, BuildStatus

BERLIN, NEW_YORK, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")
AT = datetime(2026, 11, 21, 2, 12, tzinfo=UTC)
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe", "UTC"])


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0"), (84213, "84,213"), (1_240_000, "1.24 M"), (2.5e9, "2.50 B"), (-3, "−3")],
)
def test_short_numbers(value: float | None, text: str) -> None:
    assert numbers.short(value) == text


@pytest.mark.parametrize(
    ("fraction", "text"),
    [(None, "n/a"), (0.0, "0 %"), (0.123, "+12.3 %"), (-0.05, "−5.0 %"), (2.5, "+250 %"), (0.0001, "0 %")],
)
def test_changes(fraction: float | None, text: str) -> None:
    assert numbers.change(fraction) == text


def test_moments_name_the_zone_and_utc() -> None:
    assert moment(AT, BERLIN) == "Sat 21 Nov 2026, 03:12 CET"
    assert moment_with_utc(AT, BERLIN) == "Sat 21 Nov 2026, 03:12 CET (02:12 UTC)"
    assert moment_with_utc(AT, NEW_YORK) == "Fri 20 Nov 2026, 21:12 EST (Sat 21 Nov 02:12 UTC)"
    assert moment_with_utc(AT, ZoneInfo("UTC")) == "Sat 21 Nov 2026, 02:12 UTC"


def test_an_unknown_zone_reads_as_utc() -> None:
    for name in (None, "", "Mars/Base", "../etc/passwd"):
        assert zone_or_utc(name).key == "UTC"


def test_periods() -> None:
    period = last_days(28, date(2026, 11, 21))
    assert (str(period), str(period.before)) == ("25 Oct – 21 Nov 2026", "27 Sep – 24 Oct 2026")
    assert period.days == period.before.days == 28
    assert day_span(date(2025, 12, 30), date(2026, 1, 2)) == "30 Dec 2025 – 2 Jan 2026"
    assert day_span(date(2026, 1, 2), date(2026, 1, 2)) == "2 Jan 2026"


def test_a_skipped_hour_has_no_moment_and_a_doubled_one_two() -> None:
    assert moments(date(2026, 3, 29), time(2, 30), BERLIN) == []
    twice = moments(date(2026, 10, 25), time(2, 30), BERLIN)
    assert twice == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)]
    assert moments(date(2026, 11, 24), time(9), NEW_YORK) == [datetime(2026, 11, 24, 14, tzinfo=UTC)]


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),
    ZONES,
)
def test_every_moment_is_found_again_from_its_wall_clock(at: datetime, name: str) -> None:
    local = at.astimezone(ZoneInfo(name))
    assert at in moments(local.date(), local.time(), ZoneInfo(name))


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.times(), ZONES)
def test_what_is_found_shows_that_wall_clock(day: date, clock: time, name: str) -> None:
    for at in moments(day, clock, ZoneInfo(name)):
        local = at.astimezone(ZoneInfo(name))
        assert (local.date(), local.time()) == (day, clock)


BEFORE = Period(date(2026, 9, 27), date(2026, 10, 24))


def accounts(views: list[int | None], previous: list[int | None]) -> pl.DataFrame:
    return pl.DataFrame(
        {"views": views, "views_previous": previous},
        schema={"views": pl.Int64(), "views_previous": pl.Int64()},
    )


def test_a_total_compares_like_with_like() -> None:
    found = total(accounts([110, 50, None], [100, None, 7]), "views")
    assert (found.value, found.known, found.compared) == (160, 2, 1)
    assert found.change == pytest.approx(0.1)
    assert explanation(found, "views", BEFORE) == "vs 28 days before, 1 of 3 accounts"


@pytest.mark.parametrize(
    ("views", "previous", "value", "words"),
    [
        ([None, None], [1, 2], None, "the networks give no views here"),
        ([5, 6], [None, None], 11, "nothing known in 27 Sep – 24 Oct 2026"),
        ([5, 6], [0, 0], 11, "none in 27 Sep – 24 Oct 2026"),
        ([], [], None, "the networks give no views here"),
    ],
)
def test_an_unknown_change_is_said_to_be_unknown(
    views: list[int | None], previous: list[int | None], value: float | None, words: str
) -> None:
    found = total(accounts(views, previous), "views")
    assert (found.value, found.change) == (value, None)
    assert explanation(found, "views", BEFORE) == words


def test_the_sum_of_nothing_known_is_null() -> None:
    frame = pl.DataFrame({"key": ["a", "a", "b"], "n": [1, None, None]}, schema_overrides={"n": pl.Int64()})
    assert dict(frame.group_by("key").agg(known_sum("n")).iter_rows()) == {"a": 1, "b": None}


WEEK = Period(date(2026, 11, 1), date(2026, 11, 4))


def daily() -> pl.DataFrame:
    days = [WEEK.start + timedelta(days=number) for number in (0, 2, 3)]
    return pl.DataFrame(
        {
            "account": ["Page"] * 3,
            "network": ["facebook"] * 3,
            "date": days,
            "followers": [100, None, 110],
            "engagement": [5, None, None],
        }
    )


def test_an_unknown_day_is_a_gap_in_the_line() -> None:
    (line,) = charts.followers(daily(), WEEK).data
    assert list(line.y) == [100, None, None, 110]
    assert not line.connectgaps
    (grown,) = charts.followers(daily(), WEEK, growth=True).data
    assert grown.y[0] == 0
    assert grown.y[-1] == pytest.approx(10)


def test_an_unknown_day_has_no_bar() -> None:
    (bars,) = charts.engagement(daily(), WEEK).data
    assert list(bars.y) == [5, None, None, None]


def test_the_accounts_table_shows_unknown_as_a_dash_and_escapes_names() -> None:
    values = {
        f"{name}{end}": None for name in ("followers", "views", "engagement") for end in ("", "_previous")
    }
    row = {
        **values,
        "account_name": "<script>alert(1)</script>",
        "brand_name": "A & B",
        "network": "x",
        "status": "needs_reconnect",
        "posts": 3,
        "posts_previous": 0,
        "last_observed_at": AT,
    }
    html = accounts_table(pl.DataFrame([row]), TOKYO)
    assert html.count('title="unknown"') == 3
    assert "<script>" not in html
    assert "A &amp; B" in html
    assert "n/a" in html
    assert "reconnect" in html
    assert "Sat 21 Nov 2026, 11:12 JST" in html


def view(**changes: object) -> PublicationView:
    values: dict[str, object] = {
        "id": uuid4(),
        "post_id": uuid4(),
        "brand_id": uuid4(),
        "brand_name": "Nordlicht",
        "timezone": "Europe/Berlin",
        "account_id": uuid4(),
        "account_name": "@nordlicht",
        "network": "x",
        "text": "<b>Hello</b>",
        "link": None,
        "state": State.SCHEDULED,
        "due_at": AT,
        "published_at": None,
        "permalink": None,
        "problem": None,
        "advice": None,
    }
    return PublicationView(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_word(state: State) -> None:
    assert publications.WORDS[state][0] in publications.card(view(state=state))


def test_a_card_escapes_what_people_and_networks_wrote() -> None:
    html = publications.card(view(problem="<img src=x>", advice="Do & go", permalink="javascript:alert(1)"))
    assert "&lt;b&gt;Hello&lt;/b&gt;" in html
    assert "<img" not in html
    assert "href" not in html


def test_a_card_tells_when() -> None:
    assert "Due Sat 21 Nov 2026, 03:12 CET (02:12 UTC)" in publications.card(view())
    assert "Published Sat 21 Nov" in publications.card(view(published_at=AT))
    assert "No time yet" in publications.card(view(due_at=None))


def build(status: BuildStatus, *reasons: str) -> Build:
    return Build(1, "run", AT, AT, status, reasons)


def test_the_banner_says_why_a_build_was_refused() -> None:
    text = notices.build_text(build(BuildStatus.REFUSED, *(f"reason {n}" for n in range(7))), BERLIN)
    assert text is not None
    assert "did not pass their checks" in text
    assert "reason 4" in text
    assert "reason 5" not in text
    assert "and 2 more" in text
    assert notices.build_text(build(BuildStatus.RELEASED), BERLIN) is None


def test_markdown_in_a_reason_is_shown_as_it_is() -> None:
    text = notices.build_text(build(BuildStatus.FAILED, "[x](http://y) *b*"), BERLIN)
    assert text is not None
    assert "\\[x\\]\\(http\\:" in text
