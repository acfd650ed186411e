"""The page Data health: what waits is decided by those who may, and every check is said in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.health import words
from app.health.words import Light, Line
from app.shell import access
from foundation.database import utc_now, worker_session
from foundation.settings import Settings
from identity.principal import Origin
from tests.app.pages import EMAIL, OpenPage, said
from tests.app.world import World, connected_world
from warehouse import releases
from warehouse.audit_specs import Rule, Severity
from warehouse.audits import AuditResult
from warehouse.gates import quarantine, results, settling
from warehouse.gates.checks import BY_NAME, CHECKS
from warehouse.gates.contract import Finding
from warehouse.gates.quarantine import Verdict
from warehouse.gates.results import CheckResult, DayResult

HOUR = datetime(2026, 10, 5, 12, tzinfo=UTC)
ONE_HOUR = timedelta(hours=1)
WAITS = text(
    "INSERT INTO quarantined_batches (organization_id, account_id, network, entity, observed_hour, run_id, "
    "checks, answers, found_at) VALUES (:o, :a, 'facebook', 'posts', :hour, 'r', "
    """'[{"name": "units_kept", "reason": "Numbers are about 1000 times as high."}]', 1, :hour)"""
)


@pytest.fixture
def world(settings: Settings) -> World:
    """A world whose first account has a batch that waits, and a build with its results."""
    assert settings
    found = connected_world()
    ids = {"o": found.organization_id, "a": found.account_ids[0], "hour": HOUR}
    with worker_session() as session:
        session.execute(WAITS, ids)
    finding = Finding(
        BY_NAME["units_kept"], str(found.organization_id), str(found.account_ids[0]), "facebook", "posts",
        HOUR, "r", "Numbers are about 1000 times as high.", 1, 1,
    )  # fmt: skip
    releases.start_build("r")
    results.write_raw("r", [finding])
    results.write_marts(
        "r",
        [
            AuditResult("dim_posts__keys_unique", "dim_posts", True, Severity.ERROR, "passed"),
            AuditResult("engagement__rates_in_range", "engagement", False, Severity.ERROR, "3 rows <b>"),
        ],
    )
    releases.finish_build("r", "refused", ["engagement: 3 rows"])
    return found


def test_before_the_first_build_it_says_what_is_awaited(settings: Settings, open_page: OpenPage) -> None:
    assert settings
    connected_world()
    assert "Nothing was checked yet" in said(open_page("data_health"))


def test_an_owner_decides_about_what_waits(
    world: World, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world
    monkeypatch.setattr(access, "browser_origin", Origin)  # there is no browser here
    test = open_page("data_health")
    told = said(test)
    assert "Numbers are about 1000 times as high." in told
    assert "Numbers keep their unit" in told
    assert "3 rows &lt;b&gt;" in told
    assert "Held back by a check" in told
    [batch] = quarantine.all_listed()
    test = test.button(key=f"reject_{batch.id}").click().run()
    assert not test.exception
    [batch] = quarantine.all_listed()
    assert (batch.verdict, batch.settled_by) == (Verdict.REJECTED, EMAIL)
    assert "Nothing waits for you" in said(test)
    assert "Rejected" in said(test)


def test_what_waits_is_told_however_old_it_is_and_is_good_once_it_is_settled(
    world: World, open_page: OpenPage
) -> None:
    with worker_session() as session:
        session.execute(text("UPDATE check_results SET found_at = now() - interval '3 days'"))
        session.execute(
            WAITS, {"o": world.organization_id, "a": world.account_ids[0], "hour": HOUR + ONE_HOUR}
        )
    results.write_raw("later", [])
    told = said(open_page("data_health"))
    assert "waits: Numbers are about 1000 times as high." in told
    assert "2 times since" in told
    assert (
        "The newest numbers of one account are set aside, the first since Mon 5 Oct 2026, 12:00 UTC" in told
    )
    assert "No numbers are shown yet" in told
    first, _ = quarantine.all_listed()
    settling.settle_as_operator(first.id, Verdict.ACCEPTED)
    told = said(open_page("data_health"))
    assert "waits: " not in told
    assert "by whoever runs this installation" in told


def test_who_may_not_decide_sees_it_without_buttons(world: World, open_page: OpenPage) -> None:
    with worker_session() as session:
        session.execute(
            text("UPDATE memberships SET role = 'VIEWER' WHERE person_id = :p"), {"p": world.person_id}
        )
    test = open_page("data_health")
    assert "Numbers are about 1000 times as high." in said(test)
    assert not test.button


def test_every_check_has_its_words() -> None:
    now = utc_now()
    ran = [CheckResult(one.name, "raw", True, one.severity, "", now, "r") for one in CHECKS]
    lines = words.of_raw(ran, [], [])
    assert [line.light for line in lines] == [Light.GREEN] * len(CHECKS)
    assert set(words.RULES) == set(Rule)
    warned = CheckResult("dim_posts__volume_usual", "marts", False, Severity.WARN, "fewer", now, "r")
    [line] = words.of_marts([warned])
    assert (line.light, line.found) == (Light.YELLOW, "Posts: fewer")
    texts = [text for check in CHECKS for text in (check.title, check.reason, check.advice)]
    texts += [text for pair in words.RULES.values() for text in pair]
    for each in texts:
        assert each[0].isupper() or each.startswith("{things}"), each
    assert all(advice.endswith(".") for _, advice in words.RULES.values())
    assert all(check.advice.endswith(".") and check.reason.endswith(".") for check in CHECKS)


def test_a_missed_day_is_told_of_ones_own_accounts_by_name() -> None:
    name, now = "fct_account_metrics_daily__days_complete", utc_now()
    ran = CheckResult(name, "marts", True, Severity.WARN, "9 accounts", now, "r")
    assert [line.light for line in words.of_marts([ran])] == [Light.GREEN]
    own = [
        CheckResult(name, "marts", False, Severity.WARN, "", now, "r", uuid4(), f"Page {n}") for n in range(5)
    ]
    [line] = words.of_marts([ran, *own])
    assert line.light is Light.YELLOW
    assert line.found == "No followers of the last whole day: Page 0, Page 1, Page 2 and 2 more"


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("dim_posts: 2 rows whose post_key is there more than once", "Posts: 2 rows whose post key is there"),
        ("test not_negative_stg_x__posts found 3 rows", "A check of the computed numbers found 3 that can't"),
        ("model int_changes failed", "A part of the numbers could not be computed"),
        ("the disk is full", "the disk is full"),
    ],
)
def test_reasons_are_told_without_names_of_tables(reason: str, told: str) -> None:
    assert words.in_words(reason).startswith(told)


def test_a_day_is_as_good_as_its_worst_build() -> None:
    days = [date(2026, 10, 5), date(2026, 10, 6), date(2026, 10, 7)]
    line = Line("keys_unique", "Nothing is counted twice", Light.GREEN, "", "", utc_now())
    found = [
        DayResult("marts", "dim_posts__keys_unique", days[0], True, Severity.WARN),
        DayResult("marts", "engagement__keys_unique", days[2], False, Severity.ERROR),
        DayResult("marts", "dim_posts__keys_unique", days[2], False, Severity.WARN),
        DayResult("raw", "keys_unique", days[1], True, Severity.WARN),
    ]
    [told] = words.with_days([line], "marts", found, days)
    assert told.days == (Light.GREEN, None, Light.RED)
