"""Collecting a channel: videos, numbers two to three days late, series by Pacific days, dead metrics."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from platforms.contract import Answer, Entity
from platforms.errors import NeedsPerson
from platforms.http import Api
from platforms.registry import network
from platforms.youtube import reports
from platforms.youtube.errors import PACIFIC, classify
from platforms.youtube.reports import Reports, day, span
from tests.platforms.conftest import Case, pointed_at
from tests.platforms.wire import answer, wire
from tests.platforms.youtube.case import post_ids


def collected(
    case: Case, entity: Entity, since: datetime | None = None, cursor: str | None = None
) -> list[Answer]:
    return list(case.network.collect.collect(case.account, entity, since, case.sandbox.now(), cursor))


def rows(answers: list[Answer]) -> list[dict[str, Any]]:
    """The rows of reports, by column."""
    found = []
    for told in answers:
        body = json.loads(told.body)
        names = [header["name"] for header in body["columnHeaders"]]
        found += [dict(zip(names, row, strict=True)) for row in body.get("rows", [])]
    return found


def videos(answers: list[Answer]) -> list[dict[str, Any]]:
    return [video for told in answers for video in json.loads(told.body)["items"]]


def test_videos_newest_first_with_counters_as_words(youtube: Case) -> None:
    found = videos(collected(youtube, Entity.POSTS))
    times = [video["snippet"]["publishedAt"] for video in found]
    assert times == sorted(times, reverse=True)
    assert all(isinstance(video["statistics"]["viewCount"], str) for video in found)


def test_only_so_far_back_as_wanted(youtube: Case) -> None:
    since = youtube.sandbox.now() - timedelta(days=45)
    everything, recent = collected(youtube, Entity.POSTS), collected(youtube, Entity.POSTS, since)
    wanted = [
        v["id"] for v in videos(everything) if datetime.fromisoformat(v["snippet"]["publishedAt"]) >= since
    ]
    assert post_ids(recent) == wanted
    assert 0 < len(recent) < len(everything)


def test_post_metrics_name_the_videos_that_were_asked_for(youtube: Case) -> None:
    listed = set(post_ids(collected(youtube, Entity.POSTS)))
    answers = collected(youtube, Entity.POST_METRICS)
    asked: list[str] = []
    for told in answers:
        asked += told.request["params"]["filters"].removeprefix("video==").split(",")
    assert set(asked) == listed
    found = {row["video"]: row for row in rows(answers)}
    assert len(found) > 150
    assert set(found) < listed, "the youngest ones have no numbers yet"
    assert all(row["engagedViews"] <= row["views"] for row in found.values())


def test_a_series_has_each_pacific_day_once_and_ends_days_ago(youtube: Case) -> None:
    since = youtube.sandbox.now() - timedelta(days=30)
    days = [row["day"] for row in rows(collected(youtube, Entity.ACCOUNT_METRICS, since))]
    assert days == sorted(set(days))
    assert days[0] >= since.astimezone(PACIFIC).date().isoformat()
    newest = date.fromisoformat(days[-1])
    today = youtube.sandbox.now().astimezone(PACIFIC).date()
    assert timedelta(days=2) <= today - newest <= timedelta(days=5)
    assert len(days) >= 20


def test_the_whole_history_by_years_and_from_a_cursor(youtube: Case) -> None:
    answers = collected(youtube, Entity.ACCOUNT_METRICS)
    spans = [(told.request["params"]["startDate"], told.request["params"]["endDate"]) for told in answers]
    for (_, ended), (began, _) in pairwise(spans):
        assert date.fromisoformat(began) == date.fromisoformat(ended) + timedelta(days=1)
    assert spans[0][0] == "2019-03-14", "when the channel began"
    rest = collected(youtube, Entity.ACCOUNT_METRICS, cursor=answers[-2].next_cursor)
    assert rows(rest) == rows(answers[-1:])


def test_a_dead_metric_loses_no_other(youtube: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    since = youtube.sandbox.now() - timedelta(days=20)
    whole = rows(collected(youtube, Entity.ACCOUNT_METRICS, since))
    monkeypatch.setattr("platforms.youtube.collect.DAILY", (*reports.DAILY, "annotationClicks"))
    (told,) = collected(youtube, Entity.ACCOUNT_METRICS, since)
    assert "annotationClicks" not in told.request["params"]["metrics"]
    assert rows([told]) == whole


def test_where_every_metric_is_dead_the_refusal_is_the_answer(youtube: Case) -> None:
    asked = Reports(Api("YouTube", f"{youtube.sandbox.url}/youtube", classify))
    week = span(date(2026, 1, 1), date(2026, 1, 7))
    _, reply = asked.ask(youtube.account, ("annotationClicks", "cardClicks"), {**week, "dimensions": "day"})
    assert (reply.refused, reply.status) == (True, 400)


def test_money_is_not_for_everyone(youtube: Case) -> None:
    asked = Reports(Api("YouTube", f"{youtube.sandbox.url}/youtube", classify))
    with pytest.raises(NeedsPerson):
        asked.ask(youtube.account, ("estimatedRevenue",), span(date(2026, 1, 1), date(2026, 1, 7)))


def test_viewers_by_age_and_by_country(youtube: Case) -> None:
    by_age, by_country = collected(youtube, Entity.DEMOGRAPHICS)
    assert {row["gender"] for row in rows([by_age])} == {"female", "male"}
    views = [row["views"] for row in rows([by_country])]
    assert views == sorted(views, reverse=True)
    assert rows(collected(youtube, Entity.DEMOGRAPHICS, cursor=by_age.next_cursor)) == rows([by_country])


def test_a_channel_that_never_uploaded(youtube: Case) -> None:
    channel = '{"items": [{"id": "UC1", "contentDetails": {"relatedPlaylists": {"uploads": "UU1"}}}]}'
    missing = '{"error": {"code": 404, "message": "no", "errors": [{"reason": "playlistNotFound"}]}}'
    with wire(answer(200, channel), answer(404, missing)) as server:
        settings = pointed_at(youtube.sandbox).model_copy(update={"youtube_api_url": server.url})
        collector = network("youtube", settings).collect
        now = datetime.now(UTC)
        (told,) = collector.collect(youtube.account, Entity.POSTS, None, now, None)
    assert (told.status, told.next_cursor) == (404, None)
    assert post_ids([told]) == []


@pytest.mark.parametrize(
    ("moment", "wanted"),
    [
        (datetime(2026, 3, 8, 7, 59, tzinfo=UTC), date(2026, 3, 7)),
        (datetime(2026, 3, 8, 8, tzinfo=UTC), date(2026, 3, 8)),
        (datetime(2026, 3, 9, 6, 59, tzinfo=UTC), date(2026, 3, 8)),
        (datetime(2026, 3, 9, 7, tzinfo=UTC), date(2026, 3, 9)),
    ],
)
def test_days_are_pacific_also_when_clocks_change(moment: datetime, wanted: date) -> None:
    assert day(moment) == wanted


def test_another_channels_numbers_are_not_given(case_of: Callable[[str], Case]) -> None:
    case = case_of("youtube")
    other = case.sandbox.access("youtube", 1)["account_id"]
    stranger = Case(
        case.network, type(case.account)(**{**vars(case.account), "external_id": other}), case.sandbox
    )
    with pytest.raises(NeedsPerson):
        collected(stranger, Entity.ACCOUNT_METRICS, case.sandbox.now() - timedelta(days=5))
