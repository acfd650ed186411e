from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from app.composing.result import heading
from app.views import charts, notices, numbers, preview, publications
from app.views.accounts_table import accounts_table
from app.views.times import Period
from app.views.totals import explanation, known_sum, total
from identity.logos import generated_logo
from identity.models import Brand
from publishing.content import Content
from publishing.listing import PublicationView
from publishing.states import State
from warehouse.releases import Build, BuildStatus

BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
AT = datetime(2026, 11, 21, 2, 12, tzinfo=UTC)


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
    assert explanation(found, "views", BEFORE) == "vs 28 days before, 1 of 3 accounts; the total is of 2"


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
            "account_id": ["1"] * 3,
            "account": ["Page"] * 3,
            "network": ["facebook"] * 3,
            "date": days,
            "followers": [100, None, 110],
            "engagement": [5, None, None],
        }
    )


def test_two_accounts_of_one_name_are_two_lines() -> None:
    other = daily().with_columns(account_id=pl.lit("2"), followers=pl.lit(5, dtype=pl.Int64))
    first, second = charts.followers(pl.concat([daily(), other]), WEEK).data
    assert list(first.y) == [100, None, None, 110]
    assert list(second.y) == [5, None, 5, 5]


def test_an_unknown_day_is_a_gap_in_the_line() -> None:
    (line,) = charts.followers(daily(), WEEK).data
    assert list(line.y) == [100, None, None, 110]
    assert not line.connectgaps
    (grown,) = charts.followers(daily(), WEEK, growth=True).data
    assert grown.y[0] == 0
    assert grown.y[-1] == pytest.approx(10)


def test_an_unknown_day_has_no_bar() -> None:
    (bars,) = charts.by_network(daily(), WEEK, "engagement").data
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
        "asks_person": False,
        "part": 0,
        "files": (),
        "labels": (),
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
    assert "last good release" in text
    first = notices.build_text(build(BuildStatus.FAILED, "x"), BERLIN, released=False)
    assert first is not None
    assert "last good release" not in first
    assert notices.build_text(build(BuildStatus.RELEASED), BERLIN) is None


def test_markdown_in_a_reason_is_shown_as_it_is() -> None:
    text = notices.build_text(build(BuildStatus.FAILED, "[x](http://y) *b*"), BERLIN)
    assert text is not None
    assert "\\[x\\]\\(http\\:" in text


def test_a_preview_shows_the_words_as_they_are() -> None:
    brand = Brand(name="A & B", timezone="UTC", logo=generated_logo("A & B", "#123456"))
    html = preview.card(brand, ["facebook", "x"], Content("<i>Hi</i>", 'https://x.example/"><b>'), uuid4())
    assert "&lt;i&gt;Hi&lt;/i&gt;" in html
    assert "<b>&" not in html
    assert "Facebook · X" in html
    assert "data:image/svg+xml;base64," in html
    assert "<img" not in preview.card(Brand(name="A"), [], Content("x"), uuid4())


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ({State.PUBLISHED}, "Published"),
        ({State.SCHEDULED}, "Scheduled"),
        ({State.PUBLISHED, State.SCHEDULED}, "Going out"),
        ({State.PUBLISHED, State.FAILED}, "Not everything went out"),
        ({State.PUBLISHED, State.UNKNOWN}, "Not known yet"),
        ({State.FAILED, State.UNKNOWN}, "Not everything went out"),
    ],
)
def test_a_post_is_summed_up(states: set[State], words: str) -> None:
    assert heading(states) == words


@pytest.mark.parametrize(
    ("fraction", "expected"),
    [
        (0.021, ("green", "up")),
        (-0.076, ("red", "down")),
        (0.0, ("gray", "off")),
        (0.0001, ("gray", "off")),
        (None, ("gray", "off")),
    ],
)
def test_a_falling_number_never_points_up(fraction: float | None, expected: tuple[str, str]) -> None:
    assert numbers.trend(fraction) == expected


def test_a_day_between_gaps_is_a_dot() -> None:
    (line,) = charts.followers(daily(), WEEK).data
    assert list(line.marker.size) == [5, 0, 0, 5]
