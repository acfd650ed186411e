"""Faults where nothing is known yet, after a decision, two at once, in small accounts; and what looks like a
fault and is none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from platforms.contract import Answer, Entity
from tests.dbt.lakes import facebook_post
from tests.warehouse.gates.histories import Seen
from tests.warehouse.gates.installation import Installation, Landing
from warehouse.gates import quarantine, settling
from warehouse.gates.contract import look
from warehouse.gates.quarantine import Batch, Verdict
from warehouse.gates.settling import SELF

NOON: Final = datetime(2026, 10, 27, 12, tzinfo=UTC)
LOOKS: Final = (0, 24, 25)  # hours after noon
PACIFIC: Final = ZoneInfo("America/Los_Angeles")  # its clock goes back on 1 November 2026

Posts = dict[int, int]  # reactions by post
Answers = Callable[[str, int], list[Answer]]  # of a page, at the n-th look


def listed(page: str, at: datetime, posts: Posts, owner: str | None = None) -> Answer:
    """The page's list of posts, whole."""
    items = [
        facebook_post(
            f"{owner or page}_{n}", f"2026-09-{n + 1:02}T10:00:00", reactions=count, comments=count // 3
        )
        for n, count in posts.items()
    ]
    request: dict[str, Any] = {"path": f"{page}/published_posts", "params": {"fields": "id"}}
    return Answer(Entity.POSTS, request, at, 200, json.dumps({"data": items}))


def posts(*looks: Posts, owner: str | None = None) -> Answers:
    """The posts at each look; `owner`: at the first one they are another page's."""
    return lambda page, number: [
        listed(page, NOON + timedelta(hours=LOOKS[number]), looks[number], None if number else owner)
    ]


def followers(*looks: int) -> Answers:
    """The page's followers at each look."""

    def of(page: str, number: int) -> list[Answer]:
        at = NOON + timedelta(hours=LOOKS[number])
        whole = json.dumps({"id": page, "followers_count": looks[number]})
        return [Answer(Entity.ACCOUNT, {"path": page, "params": {}}, at, 200, whole)]

    return of


def days(*looks: Sequence[int]) -> Answers:
    """A daily series that ends the day of the look; its stamps are midnights in California."""

    def of(page: str, number: int) -> list[Answer]:
        at = datetime(2026, 11, 3, 20, tzinfo=UTC) + timedelta(hours=LOOKS[number])
        last = at.astimezone(PACIFIC).date()
        values = [
            {"value": value, "end_time": _midnight(last - timedelta(days=back))}
            for back, value in enumerate(reversed(looks[number]))
        ]
        document = {"data": [{"name": "page_media_view", "period": "day", "values": values}]}
        request = {"path": f"{page}/insights", "params": {"since": "2026-10-20"}}
        return [Answer(Entity.ACCOUNT_METRICS, request, at, 200, json.dumps(document))]

    return of


def _midnight(day: date) -> str:
    return datetime.combine(day, time(), PACIFIC).astimezone(UTC).isoformat()


def times(factor: int, known: Posts) -> Posts:
    return {n: count * factor for n, count in known.items()}


TEN: Final[Posts] = {n: 10 * n + 7 for n in range(10)}
TWO: Final[Posts] = {0: 12, 1: 45}
NEGATIVE: Final = {**TEN, 3: -5}
VIRAL: Final = {**TEN, 4: TEN[4] * 50}
SERIES: Final = (300, 280, 310, 290, 305, 295, 300, 310, 280, 300, 290)


@dataclass(frozen=True)
class Case:
    """What an account answers at each look, the checks it breaks then, and its verdicts in the end."""

    answers: Answers
    broken: tuple[set[str], set[str], set[str]]
    verdicts: tuple[tuple[Verdict | None, str | None], ...] = ()


NONE: Final[set[str]] = set()
GOOD: Final = (NONE, NONE, NONE)
LEFT_OUT: Final = (Verdict.REJECTED, SELF)
WAITS: Final = (None, None)
CASES: Final = {
    "the first batch ever": Case(
        posts(NEGATIVE, TEN, TEN), ({"not_negative"}, NONE, NONE), (LEFT_OUT,)
    ),
    "the first batch is somebody else's": Case(
        posts(TEN, TEN, TEN, owner="77"), ({"own_rows"}, NONE, NONE), (WAITS,)
    ),
    "right after an accepted one": Case(
        posts(TEN, times(1000, TEN), times(1000, NEGATIVE)),
        (NONE, {"units_kept"}, {"not_negative"}),
        (WAITS, (Verdict.ACCEPTED, "operator")),
    ),
    "two at once": Case(
        posts(TEN, times(1000, NEGATIVE), TEN), (NONE, {"not_negative", "units_kept"}, NONE), (LEFT_OUT,)
    ),
    "it stays": Case(
        posts(TEN, times(1000, TEN), times(1000, TEN)), (NONE, {"units_kept"}, {"units_kept"}), (WAITS, WAITS)
    ),
    "two posts in another unit": Case(
        posts(TWO, times(100, TWO), TWO), (NONE, {"units_kept"}, NONE), (LEFT_OUT,)
    ),
    "one of two accounts": Case(
        posts(TEN, NEGATIVE, NEGATIVE), (NONE, {"not_negative"}, {"not_negative"}), (WAITS, WAITS)
    ),
    "the other of them": Case(posts(TEN, TEN, VIRAL), GOOD),
    "a post goes round the world": Case(posts(TEN, VIRAL, VIRAL), GOOD),
    "two posts go round the world": Case(posts(TWO, times(50, TWO), times(51, TWO)), GOOD),
    "new posts grow": Case(posts({0: 1, 1: 2, 2: 1}, {0: 31, 1: 58, 2: 35}, {0: 90, 1: 99, 2: 95}), GOOD),
    "a deleted post": Case(posts(TEN, {n: TEN[n] for n in TEN if n != 5}, TEN), GOOD),
    "followers leave": Case(followers(20_000, 11_000, 10_500), GOOD),
    "followers in thousands": Case(
        followers(20_000, 20, 20_010), (NONE, {"units_kept"}, NONE), (LEFT_OUT,)
    ),
    "the clock goes back": Case(days(SERIES, (*SERIES, 285), (*SERIES, 290)), GOOD),
    "a day goes round the world": Case(days(SERIES, (*SERIES, 15_000), (*SERIES, 21_000)), GOOD),
    "half the day the clock goes back": Case(
        days(SERIES, (*SERIES[:-3], 140, 300, 290, 285), (*SERIES, 285)),
        (NONE, {"days_whole"}, NONE),
        (LEFT_OUT,),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def found(installation: Installation) -> dict[str, list[set[str]]]:
    """The checks that each account broke at each look."""
    for number, name in enumerate(CASES):
        beside = "one of two accounts" if name == "the other of them" else None
        installation.add(name, "facebook", str(number), beside=beside)
    installation.register()
    names = {account.id: name for name, account in installation.accounts.items()}
    broken: dict[str, list[set[str]]] = {name: [] for name in CASES}
    for number in range(len(LOOKS)):
        installation.land_all(landed(installation, number))
        seen = look(installation.connection, f"look {number}", installation.settings)
        for name in CASES:
            broken[name].append({one.check.name for one in seen.findings if names[one.account_id] == name})
        for batch in waiting(installation, "right after an accepted one"):
            if number == 1:
                settling.settle_as_operator(batch.id, Verdict.ACCEPTED, installation.settings)
    return broken


def landed(installation: Installation, number: int) -> Iterator[Landing]:
    for name, case in CASES.items():
        answers = case.answers(installation.accounts[name].external_id, number)
        yield Landing(name, answers, Seen(answers[0].requested_at, None, tuple(answers)))


def waiting(installation: Installation, name: str) -> list[Batch]:
    listed = quarantine.all_listed(installation.settings)
    return [one for one in listed if one.account_name == name and one.verdict is None]


@pytest.mark.parametrize("name", CASES)
def test_what_is_a_fault_is_caught_and_what_is_none_passes(
    found: dict[str, list[set[str]]], installation: Installation, name: str
) -> None:
    assert found[name] == list(CASES[name].broken)
    batches = [one for one in quarantine.all_listed(installation.settings) if one.account_name == name]
    assert tuple((one.verdict, one.settled_by) for one in batches) == CASES[name].verdicts
